import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedDeck, engineDeck, type FaultKind, partOf, roundOf, schedule } from './schedule.ts';

function first(seed: number, count: number) {
  return schedule(seed, engineDeck).take(count).toArray();
}

test('a seed fixes the schedule, and another one makes another', () => {
  assert.deepEqual(first(7, 50), first(7, 50));
  assert.notDeepEqual(first(7, 50), first(8, 50));
});

test('a round has every fault as often as the deck says', () => {
  for (const deck of [engineDeck, embeddedDeck])
    for (let seed = 0; seed < 50; seed++) {
      const kinds = roundOf(seed, deck).flatMap(({ faults }) => faults.map(({ kind }) => kind));
      const counts = Object.fromEntries(
        Object.keys(deck).map((kind) => [kind, kinds.filter((one) => one === kind).length]),
      );
      assert.deepEqual(counts, deck);
    }
});

test('what is broken twice at once are different things', () => {
  const pairs = first(1, 2_000).filter(({ faults }) => faults.length === 2);
  assert(pairs.length > 100);
  for (const { faults } of pairs) assert.equal(new Set(faults.map(({ kind }) => partOf(kind))).size, 2);
});

test('what is frozen stays so for longer than a consumer may be silent', () => {
  const frozen = first(1, 2_000).flatMap(({ faults }) => faults.filter(({ kind }) => kind.endsWith('-freeze')));
  assert(frozen.length > 100);
  assert(frozen.every(({ holdMs }) => holdMs > 6_000 && holdMs <= 10_000));
});

test('a part is what a fault breaks', () => {
  const kinds: FaultKind[] = ['products-command-kill', 'writer-freeze', 'redis-flush', 'standalone-kill'];
  assert.deepEqual(kinds.map(partOf), ['products-command', 'writer', 'redis', 'standalone']);
});
