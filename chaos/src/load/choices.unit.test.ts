import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@tributary/service/random';
import { type Change, isChange, type Operation } from '../history/entry.ts';
import { keyFor, markIn, markOf } from '../history/mark.ts';
import { choose } from './choices.ts';
import { createKnown } from './known.ts';
import { createPool } from './pool.ts';

/** What one client chooses that is always told that it succeeded. */
function choices(seed: number, count: number): { operations: Operation[]; races: (readonly Change[])[] } {
  const pool = createPool();
  const known = createKnown();
  let marks = 0;
  const choosing = { random: createRandom(seed), pool, known, newMark: () => markOf(0, marks++) };
  const operations: Operation[] = [];
  const races: (readonly Change[])[] = [];
  for (let n = 0; n < count; n++) {
    const choice = choose(choosing);
    const chosen = choice.kind === 'one' ? [choice.operation] : choice.changes;
    if (choice.kind === 'race') races.push(choice.changes);
    for (const operation of chosen) {
      operations.push(operation);
      if (!isChange(operation)) continue;
      pool.addChange(operation);
      pool.addCommand(`command-${n}`);
      pool.addProduct(operation.productId ?? `product-${n}`);
      learn(known, operation.productId ?? `product-${n}`);
    }
  }
  return { operations, races };
}

function learn(known: ReturnType<typeof createKnown>, productId: string): void {
  const answer = { kind: 'told', commandId: 'c', productId, state: 'COMMITTED', version: 3, rejection: null } as const;
  const operation = { kind: 'command', commandId: 'c' } as const;
  known.learn({ n: 0, client: 'c', via: 'graphql', replica: 0, invokedMs: 0, answeredMs: 0, operation, answer });
}

test('a seed fixes what a client chooses', () => {
  assert.deepEqual(choices(5, 200), choices(5, 200));
  assert.notDeepEqual(choices(5, 200), choices(6, 200));
});

test('everything is chosen that the checker judges', () => {
  const { operations, races } = choices(1, 3_000);
  const changes = operations.filter(isChange);
  const some = (what: string, found: readonly unknown[]) => assert(found.length > 10, `${what}: ${found.length}`);
  for (const kind of ['create', 'update', 'delete', 'command', 'read', 'search'])
    some(
      kind,
      operations.filter((operation) => operation.kind === kind),
    );
  some(
    'with a key',
    changes.filter(({ kind, key }) => kind !== 'delete' && key !== null),
  );
  some(
    'without a key',
    changes.filter(({ key }) => key === null),
  );
  some(
    'guarded',
    changes.filter(({ kind, expectedVersion }) => kind === 'update' && expectedVersion === 3),
  );
  some(
    'unguarded',
    changes.filter(({ kind, expectedVersion }) => kind === 'update' && expectedVersion === null),
  );
  some(
    'not waiting',
    changes.filter(({ wait }) => !wait),
  );
  some(
    'versioned reads',
    operations.filter((one) => one.kind === 'read' && one.minVersion === 3),
  );
  some(
    'plain reads',
    operations.filter((one) => one.kind === 'read' && one.minVersion === null),
  );
  some('races', races);
  assert(races.every((raced) => new Set(raced.map(({ key }) => key)).size === 1 && raced[0]!.key !== null));

  const byMark = Map.groupBy(changes, ({ mark }) => mark);
  const repeated = [...byMark.values()].filter((tries) => tries.length > 1);
  some('repeats', repeated);
  some(
    'another content',
    repeated.filter((tries) => tries.some(({ content }) => content?.description === 'Another content.')),
  );
  for (const tries of repeated) {
    assert.equal(new Set(tries.map(({ key }) => key)).size, 1);
    if (tries[0]!.key === null) assert.equal(new Set(tries.map(({ content }) => JSON.stringify(content))).size, 1);
  }
});

test('what a command is can be told from its key or its name', () => {
  for (const { mark, key, content } of choices(2, 1_000).operations.filter(isChange)) {
    assert.equal(markIn(key, content?.name ?? null), mark);
    if (key !== null) assert.equal(key, keyFor(mark));
  }
});
