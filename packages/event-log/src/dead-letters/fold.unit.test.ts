import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord, OutgoingRecord } from '../event-log.ts';
import { createFold } from './fold.ts';
import { type ResolutionKind, resolutionRecord } from './letter.ts';

function foldOf(records: readonly Partial<OutgoingRecord>[]) {
  const fold = createFold();
  for (const [n, { key = 'k', value = Buffer.from('v'), headers = {} }] of records.entries()) {
    const place = { topic: 'dlq', partition: 0, offset: BigInt(n), timestampMs: 0 };
    fold.add({ ...place, key, value: Buffer.from(value), headers } satisfies LogRecord);
  }
  return fold;
}

const resolved = (kind: ResolutionKind, by: string) => resolutionRecord('0-0', kind, { by, atMs: 1, replayId: null });

for (const [kinds, state] of [
  [['dropped', 'replaying'], 'dropped'],
  [['replaying', 'dropped'], 'replaying'],
  [['replaying', 'replaying', 'replayed'], 'replayed'],
  [['replaying', 'dropped', 'replayed'], 'replayed'],
  [['dropped', 'replaying', 'replayed'], 'dropped'],
] as const)
  test(`the first of what was resolved at the same time stands: ${kinds}`, () => {
    const records = kinds.map((kind, n) => resolved(kind, `operator ${n}`));
    const letter = foldOf([{}, ...records]).find('0-0');
    assert.deepEqual([letter?.state, letter?.resolution?.by], [state, 'operator 0']);
  });

test('a resolution of a letter that is no longer kept is nothing', () => {
  const fold = foldOf([resolved('dropped', 'ada')]);
  assert.deepEqual(fold.letters(), []);
  assert.equal(fold.find('0-0'), undefined);
});
