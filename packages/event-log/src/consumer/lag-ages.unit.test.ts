import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, LogRecord } from '../event-log.ts';
import { createLagAges } from './lag-ages.ts';

function batchOf(...timestampsMs: number[]): Batch {
  const records = timestampsMs.map((timestampMs, n) => ({ timestampMs, offset: BigInt(n + 5) }) as LogRecord);
  return { topic: 't', partition: 0, records, nextOffset: BigInt(records.length + 5), isStale: () => false };
}

function given() {
  const clock = { nowMs: 1_000 };
  return { clock, ages: createLagAges(() => clock.nowMs) };
}

test('a batch in hand is as old as its first record, also while it waits to come again', () => {
  const { clock, ages } = given();
  ages.begin(batchOf(400, 900));
  assert.equal(ages.ageMs(0), 600);
  clock.nowMs = 5_000;
  assert.equal(ages.ageMs(0), 4_600);
  assert.equal(ages.ageMs(1), 0, 'of another partition nothing is known');
});

test('between two batches of a backlog the last record handled tells', () => {
  const { ages } = given();
  ages.begin(batchOf(400, 900));
  ages.end(batchOf(400, 900), 3n);
  assert.equal(ages.ageMs(0), 100);
});

test('what comes to an idle partition is not as old as what came before', () => {
  const { clock, ages } = given();
  ages.begin(batchOf(400));
  ages.end(batchOf(400), 1n);
  clock.nowMs = 3_600_000;
  assert.equal(ages.ageMs(0), 0);
});

test('what waits in a partition that was just given is at least as old as that', () => {
  const { clock, ages } = given();
  ages.startAt([0]);
  clock.nowMs += 50;
  assert.equal(ages.ageMs(0), 50);
});

test('a clock that is behind the log’s makes no age negative', () => {
  const { ages } = given();
  ages.begin(batchOf(9_000));
  assert.equal(ages.ageMs(0), 0);
});
