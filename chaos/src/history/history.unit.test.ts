import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Answer } from './entry.ts';
import { keyFor, markIn, markOf, nameWith } from './mark.ts';
import { createRecorder, readHistory } from './recorder.ts';

test('what is recorded can be read back, in the order in which it was begun', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-history-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'history.jsonl');
  const recorder = createRecorder(file);
  const slow = Promise.withResolvers<Answer>();
  const who = { client: 'client-0', via: 'graphql', replica: 0 } as const;
  const first = recorder.record(who, { kind: 'search', text: 'desk' }, () => slow.promise);
  await recorder.record(who, { kind: 'read', productId: 'p', minVersion: 2 }, async () => ({
    kind: 'product',
    product: null,
  }));
  slow.resolve({ kind: 'lost', reason: 'ECONNRESET' });
  await first;
  await recorder.close();

  const entries = await readHistory(file);
  assert.deepEqual(
    entries,
    recorder.entries.toSorted((a, b) => a.n - b.n),
  );
  assert.deepEqual(
    entries.map(({ operation }) => operation.kind),
    ['search', 'read'],
  );
  assert(entries.every(({ invokedMs, answeredMs }) => invokedMs <= answeredMs));
});

test('a mark is found again in a key and in a name, and no two clients share one', () => {
  const mark = markOf(3, 500);
  assert.equal(markIn(keyFor(mark), 'Desk m0000'), mark);
  assert.equal(markIn(null, nameWith('Desk', mark)), mark);
  assert.equal(markIn(null, 'Tea kettle'), null);
  assert.equal(markIn(null, null), null);
  assert.notEqual(markOf(1, 5), markOf(17, 5));
});
