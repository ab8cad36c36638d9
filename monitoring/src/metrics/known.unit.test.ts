import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownMetrics, typeOfSeries } from './known.ts';

test('metrics are known from the code, from Node and from exporters', async () => {
  const known = await knownMetrics();
  for (const [series, type] of [
    ['tributary_writer_conflicts_total', 'counter'],
    ['tributary_writer_commit_seconds_bucket', 'histogram'],
    ['tributary_writer_commit_seconds', undefined],
    ['tributary_writer_conflicts_total_count', undefined],
    ['tributary_cache_breaker_open', 'gauge'],
    ['nodejs_gc_duration_seconds_sum', 'histogram'],
    ['redis_up', 'gauge'],
    ['tributary_nobody_has_this', undefined],
  ] as const)
    assert.equal(typeOfSeries(known, series), type, series);
});
