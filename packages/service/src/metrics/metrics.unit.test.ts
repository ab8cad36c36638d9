import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { createRegistry } from '../admin.ts';
import { recordSpans } from '../testing/recorded-spans.ts';
import { createDurations } from './durations.ts';
import { exposeMetrics } from './exposition.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
const UNSAMPLED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-00` };
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

function durationsOf(registry: Registry) {
  return createDurations({ registry, name: 'job_duration_seconds', help: 'Seconds of a job.', labelNames: ['kind'] });
}

test('a bucket names the last recorded trace that fell into it, in OpenMetrics only', async (t) => {
  recordSpans(t);
  const registry = new Registry();
  const durations = durationsOf(registry);
  durations.observe({ kind: 'a' }, 0.003, SAMPLED);
  durations.observe({ kind: 'a' }, 0.2, UNSAMPLED);
  durations.observe({ kind: 'a' }, 0.3);
  const open = await exposeMetrics(registry, PROMETHEUS);
  assert.match(open.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(
    open.text,
    new RegExp(
      `^job_duration_seconds_bucket\\{le="0.005",kind="a"\\} 1 # \\{trace_id="${TRACE_ID}"\\} 0.003 \\d+(\\.\\d+)?$`,
      'm',
    ),
  );
  assert.equal(open.text.match(/trace_id/g)?.length, 1);
  assert.match(open.text, /\n# EOF\n$/);
  const plain = await exposeMetrics(registry, 'text/plain');
  assert.match(plain.contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(plain.text, /^job_duration_seconds_bucket\{le="0.005",kind="a"\} 1$/m);
  assert.doesNotMatch(plain.text, /trace_id|# EOF/);
});

test('where nothing is recorded no trace is named, though a caller records its own', async () => {
  const registry = new Registry();
  durationsOf(registry).observe({ kind: 'a' }, 0.003, SAMPLED);
  assert.doesNotMatch((await exposeMetrics(registry, PROMETHEUS)).text, /trace_id/);
});

test('parts of a process that ask for the same durations share them', async () => {
  const registry = new Registry();
  durationsOf(registry).observe({ kind: 'a' }, 1);
  durationsOf(registry).observe({ kind: 'a' }, 1);
  assert.match((await exposeMetrics(registry)).text, /^job_duration_seconds_count\{kind="a"\} 2$/m);
});

test('scrapes of both formats at once leave each other and the names of counters alone', async () => {
  const registry = createRegistry();
  new Counter({ name: 'jobs_total', help: 'Jobs.', registers: [registry] }).inc(3);
  for (let round = 0; round < 2; round += 1) {
    const [open, plain, again] = await Promise.all(
      [PROMETHEUS, '*/*', PROMETHEUS].map((accept) => exposeMetrics(registry, accept)),
    );
    for (const { text } of [open!, again!]) {
      assert.match(text, /^# TYPE jobs counter\njobs_total 3$/m);
      assert.match(text, /^process_cpu_seconds_total /m);
      assert.doesNotMatch(text, /_total_total/);
    }
    assert.match(plain!.text, /^# TYPE jobs_total counter\njobs_total 3$/m);
  }
  assert.equal((await registry.getSingleMetric('jobs_total')?.get())?.name, 'jobs_total');
});

test('OpenMetrics is written for whoever wants it at least as much as plain text', async () => {
  const registry = new Registry();
  const isOpen = async (accept?: string) =>
    (await exposeMetrics(registry, accept)).contentType.startsWith('application/');
  assert.equal(await isOpen('application/openmetrics-text'), true);
  assert.equal(await isOpen('text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.6'), true);
  for (const accept of [
    undefined,
    '*/*',
    'text/html',
    'text/plain, application/openmetrics-text;q=0.9',
    'application/openmetrics-text;q=0',
  ])
    assert.equal(await isOpen(accept), false, accept);
});

test('the event loop tells how busy it is', async () => {
  const registry = createRegistry();
  const value = async () => {
    const { text } = await exposeMetrics(registry);
    return Number(/^tributary_event_loop_utilization_ratio (.+)$/m.exec(text)?.[1]);
  };
  // Before its first turn the loop has no time to tell of.
  await new Promise(setImmediate);
  await value();
  const until = performance.now() + 20;
  while (performance.now() < until);
  const busy = await value();
  assert.ok(busy > 0 && busy <= 1, String(busy));
});

test('the heap tells what it may grow to, which is more than it has', async () => {
  const { text } = await exposeMetrics(createRegistry());
  const [used, limit] = ['nodejs_heap_size_used_bytes', 'tributary_heap_limit_bytes'].map((name) =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]),
  );
  assert.ok(used! > 1_000_000 && limit! > used!, `${used} of ${limit}`);
});

test('durations are counted as the library itself counts them, in both formats, also after a reset', async () => {
  const [registry, plainRegistry] = [new Registry(), new Registry()];
  const settings = { name: 'tributary_counted_seconds', help: 'Counted.', labelNames: ['a', 'b'] as const };
  const durations = createDurations({ ...settings, labelNames: ['a', 'b'], registry });
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const plain = new Histogram({ ...settings, buckets, registers: [plainRegistry] });
  for (let run = 0; run < 2; run += 1) {
    for (const [index, seconds] of [0, 0.001, 0.0011, 0.3, 10, 10.5, 99].entries())
      for (const labels of [
        { a: 'x', b: String(index % 2) },
        { a: 'y', b: 'z' },
      ]) {
        durations.observe(labels, seconds);
        plain.observe(labels, seconds);
      }
    for (const accept of ['text/plain', PROMETHEUS])
      assert.deepEqual(await exposeMetrics(registry, accept), await exposeMetrics(plainRegistry, accept));
    registry.resetMetrics();
    plainRegistry.resetMetrics();
  }
});

test('durations without labels are there from the beginning, with labels from the first on', async () => {
  const registry = new Registry();
  createDurations({ registry, name: 'plain_seconds', help: 'Without.', labelNames: [] });
  durationsOf(registry);
  const text = await registry.metrics();
  assert.match(text, /^plain_seconds_count 0$/m);
  assert.match(text, /^# TYPE job_duration_seconds histogram$/m);
  assert.doesNotMatch(text, /^job_duration_seconds_/m);
});

test('a duration that is no number is refused, and spoils nothing', async () => {
  const registry = new Registry();
  const durations = durationsOf(registry);
  assert.throws(() => durations.observe({ kind: 'a' }, Number.NaN), TypeError);
  durations.observe({ kind: 'a' }, 2);
  assert.match(await registry.metrics(), /^job_duration_seconds_sum\{kind="a"\} 2$/m);
});
