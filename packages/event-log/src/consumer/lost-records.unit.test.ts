import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, LogRecord, OffsetRange } from '../event-log.ts';
import { createLostRecords } from './lost-records.ts';

function batchOf(...offsets: bigint[]): Batch {
  const records = offsets.map((offset) => ({ offset }) as LogRecord);
  return { topic: 't', partition: 0, records, nextOffset: offsets.at(-1)! + 1n, isStale: () => false };
}

function given(start: bigint | Error, positions: readonly (readonly [number, bigint])[] = [[0, 5n]]) {
  let asked = 0;
  const lost = createLostRecords(
    {
      async offsets(): Promise<ReadonlyMap<number, OffsetRange>> {
        asked += 1;
        if (start instanceof Error) throw start;
        return new Map([[0, { start, end: 100n }]]);
      },
    },
    't',
  );
  lost.startAt(new Map(positions));
  return {
    lost,
    asked: () => asked,
    answer(other: bigint) {
      start = other;
    },
  };
}

test('what is missing between a position and the oldest record that is kept was lost', async () => {
  const { lost } = given(9n);
  assert.equal(await lost.before(batchOf(9n, 10n)), 4n);
  assert.equal(await lost.before(batchOf(9n, 10n)), 0n, 'the batch comes again');
});

test('what is missing between two batches was lost', async () => {
  const { lost } = given(8n);
  assert.equal(await lost.before(batchOf(5n, 6n)), 0n);
  lost.after(batchOf(5n, 6n));
  assert.equal(await lost.before(batchOf(8n)), 1n);
});

test('where nothing is missing the log is not asked', async () => {
  const { lost, asked } = given(0n);
  assert.equal(await lost.before(batchOf(5n, 6n)), 0n);
  lost.after(batchOf(5n, 6n));
  assert.equal(await lost.before(batchOf(7n)), 0n);
  assert.equal(asked(), 0);
});

test('offsets that the log used up for itself were no records', async () => {
  assert.equal(await given(2n).lost.before(batchOf(7n)), 0n);
  assert.equal(await given(6n).lost.before(batchOf(9n)), 1n, 'one was deleted, the others were never there');
});

test('who begins without a position misses nothing', async () => {
  assert.equal(await given(9n, []).lost.before(batchOf(9n)), 0n);
});

test('where the log cannot say, it is asked again when the batch comes again', async () => {
  const { lost, answer } = given(new Error('away'));
  await assert.rejects(lost.before(batchOf(9n)), /away/);
  answer(9n);
  assert.equal(await lost.before(batchOf(9n)), 4n);
});
