import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianOf, quantile } from './measurement.ts';

test('the median of an odd and an even number of values', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test('a quantile is a value that occurred', () => {
  const values = Array.from({ length: 100 }, (_, n) => n);
  assert.equal(quantile(values, 0.5), 50);
  assert.equal(quantile(values, 0.99), 99);
  assert.equal(quantile([5], 0.99), 5);
});

test('runs come to their medians, but to the worst of their failures', () => {
  const run = (perSecond: number, failures: number, cpuUs: number) => ({
    perSecond,
    failures,
    usage: { gateway: { cpuUs, rssBytes: 1 } },
    phasesMs: { step: cpuUs / 10 },
    figures: { 'requests per event': failures },
  });
  assert.deepEqual(medianOf([run(10, 0, 5), run(30, 2, 7), run(20, 0, 6)]), {
    perSecond: 20,
    failures: 2,
    usage: { gateway: { cpuUs: 6, rssBytes: 1 } },
    phasesMs: { step: 0.6 },
    figures: { 'requests per event': 0 },
  });
  assert.deepEqual(medianOf([{ p50Ms: 1 }, { p50Ms: 3 }]), { p50Ms: 2 });
});
