import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsOf, parse } from './parse.ts';
import { unitOf } from './unit.ts';

test('what is no PromQL is refused with its place', () => {
  assert.throws(() => parse('sum by (a (rate(b[5m]))'), /no PromQL at \d+/);
  assert.throws(() => parse('rate(b[$__rate_interval])'), SyntaxError);
  assert.throws(() => parse(''), SyntaxError);
});

test('metrics are found wherever they stand', () => {
  const found = metricsOf(parse('sum(rate(a_total{x="b"}[5m])) / on () c:d:e unless f offset 5m > time() - g'));
  assert.deepEqual(found, ['a_total', 'c:d:e', 'f', 'g']);
});

for (const [expression, unit] of [
  ['rate(a_total[5m])', 'count/s'],
  ['increase(a_total[5m])', 'count'],
  ['sum by (x) (rate(process_cpu_seconds_total[5m]))', 'ratio'],
  ['rate(a_bytes_total[5m])', 'bytes/s'],
  ['histogram_quantile(0.99, sum by (le) (rate(a_seconds_bucket[5m])))', 'seconds'],
  ['histogram_quantile(0.99, sum by (le) (rate(a_records_bucket[5m])))', 'count'],
  ['rate(a_seconds_sum[5m]) / rate(a_seconds_count[5m])', 'seconds'],
  ['rate(a_records_sum[5m]) / rate(a_records_count[5m])', 'count'],
  ['rate(a_records_sum[5m]) / rate(b_records_count[5m])', 'ratio'],
  ['1 - sum(a_bytes) / sum(b_bytes)', 'ratio'],
  ['slo:a:ratio_rate5m > 0.1', 'ratio'],
  ['server:a:rate5m', 'count/s'],
  ['a:b_seconds:max', 'seconds'],
  ['time() - process_start_time_seconds', 'seconds'],
  ['count by (x) (a_seconds)', 'count'],
  ['topk(5, a_bytes)', 'bytes'],
  ['0 * rate(a_total[5m])', 'count/s'],
  ['a_seconds > bool 1', 'count'],
  ['a_bytes unless a_bytes offset 5m', 'bytes'],
] as const)
  test(`${expression} is in ${unit}`, () => assert.equal(unitOf(parse(expression)), unit));

test('mixed units are refused', () => {
  for (const expression of ['a_seconds + b_bytes', 'a_seconds or b_total', 'rate(a_ratio[5m])', 'a_bytes / b_seconds'])
    assert.throws(() => unitOf(parse(expression)), TypeError, expression);
});
