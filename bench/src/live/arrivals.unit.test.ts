import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createArrivals } from './arrivals.ts';
import { findMark, markText } from './mark.ts';

test('an event is complete when the last subscriber has got it', () => {
  const complete: number[] = [];
  const arrivals = createArrivals({ subscribers: 10, onComplete: (sequence) => complete.push(sequence) });
  arrivals.begin(5);
  for (let subscriber = 0; subscriber < 10; subscriber += 1) {
    arrivals.add(subscriber, 4, 1);
    arrivals.add(subscriber, 6, subscriber * 1_000);
    if (subscriber > 0) arrivals.add(subscriber, 5, 1_000);
  }
  assert.deepEqual(complete, [6]);
  assert.deepEqual(arrivals.taken(), { deliveries: 19, p50Ms: 1, p99Ms: 9, repeats: 0, missing: 1 });
  arrivals.add(0, 5, 1_000);
  assert.deepEqual(complete, [6, 5]);
  assert.equal(arrivals.taken().missing, 0);
});

test('what comes twice is no delivery', () => {
  const arrivals = createArrivals({ subscribers: 2, onComplete: () => assert.fail() });
  arrivals.begin(0);
  for (const lagUs of [1_000, 5_000]) arrivals.add(1, 0, lagUs);
  assert.deepEqual(arrivals.taken(), { deliveries: 1, p50Ms: 1, p99Ms: 1, repeats: 1, missing: 1 });
  arrivals.begin(1);
  assert.deepEqual(arrivals.taken(), { deliveries: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, repeats: 0, missing: 0 });
});

test('a mark is found where it is', () => {
  const mark = { sequence: 1_203, sentUs: 987_654_321_012 };
  const text = `{"name":"Lamp ${markText(mark)}","price":"1.50"}`;
  const data = Buffer.from(`#1@2#${text}#`);
  assert.deepEqual(findMark(data, 5, data.length), mark);
  assert.equal(findMark(data, 5, 12), null);
  assert.equal(findMark(data, 5, 24), null);
});
