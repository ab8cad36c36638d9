import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { patched, patches } from './patches.ts';
import { choose, flush, switchable } from './remote.ts';
import { spansIn } from './spans-in.ts';

test('the code of today has what is patched', () => {
  for (const file of new Set(patches.map((patch) => patch.file))) {
    const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    const text = patched(file, source);
    for (const { to } of patches.filter((patch) => patch.file === file)) assert.ok(text.includes(to), `${file}: ${to}`);
  }
});

test('text that is gone is told, since something else would be measured', () => {
  const [{ file }] = patches as [(typeof patches)[number]];
  assert.throws(() => patched(file, 'const a = 1;'), /has no "/);
});

/** For each line that it reads, it does a bit of everything and tells what came of it. */
const WORKER = `
  import { createRequire } from 'node:module';
  import { createInterface } from 'node:readline';
  import { registerTelemetry } from '@tributary/service/telemetry/register';
  await registerTelemetry({ service: 'worker', instrument: ['graphql'], env: process.env });
  const require = createRequire(import.meta.url);
  const graphql = require('graphql');
  const { isWrapped } = require('@opentelemetry/instrumentation');
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const { createDurations, createRegistry, isTraced, newTraceContext, startSpan } = await import('@tributary/service');
  const registry = createRegistry();
  const named = (name) => ({ name, help: name, registers: [registry] });
  const [counter, gauge, histogram] = [new Counter(named('c_total')), new Gauge(named('g')), new Histogram(named('h'))];
  const durations = createDurations({ ...named('d'), registry, labelNames: [] });
  const valueOf = async (name) => {
    const { values } = await registry.getSingleMetric(name).get();
    return values.at(-1)?.value ?? 0;
  };
  for await (const _ of createInterface({ input: process.stdin })) {
    const before = await Promise.all(['c_total', 'g', 'h', 'd'].map(valueOf));
    counter.inc();
    gauge.inc();
    histogram.observe(1);
    durations.observe({}, 1);
    const after = await Promise.all(['c_total', 'g', 'h', 'd'].map(valueOf));
    const trace = newTraceContext();
    const span = startSpan('work', { parent: trace });
    span.end();
    const told = {
      samples: trace.traceparent.endsWith('-01'),
      records: span.isRecorded,
      asks: isTraced({ traceparent: '00-1-2-01' }),
      instruments: isWrapped(graphql.execute),
      counts: after.map((value, n) => value - before[n]),
    };
    console.log(JSON.stringify(told));
  }`;

interface Told {
  readonly samples: boolean;
  readonly records: boolean;
  readonly asks: boolean;
  readonly instruments: boolean;
  /** By how much a counter, a gauge, a histogram and durations grew. */
  readonly counts: readonly number[];
}

async function startWorker(t: TestContext) {
  let spans = 0;
  const collector = createServer(async (request, response) => {
    spans += spansIn(await buffer(request));
    response.setHeader('content-type', 'application/x-protobuf').end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const collectorUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WORKER], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...switchable({ folder, collectorUrl }) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
    collector.closeAllConnections();
    collector.close();
    rmSync(folder, { recursive: true });
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const processes = [{ name: 'worker', pid: child.pid as number }];
  return {
    choose: (variant: Parameters<typeof choose>[2]) => choose(processes, folder, variant),
    flush: () => flush(processes, folder),
    spans: () => spans,
    async work(): Promise<Told> {
      child.stdin.write('\n');
      const { value } = await lines.next();
      return JSON.parse(value ?? 'null');
    },
  };
}

test('telemetry is switched in a process that goes on', async (t) => {
  const { choose, flush, spans, work } = await startWorker(t);
  const all = { samples: true, records: true, asks: true, instruments: true, counts: [1, 1, 1, 1] };
  const off = { ...all, samples: false, records: false, instruments: false };
  assert.deepEqual(await work(), all);
  await choose({ name: 'off' });
  await flush();
  assert.equal(spans(), 1);
  assert.deepEqual(await work(), off);
  await choose({ name: 'off', without: 'spans' });
  assert.deepEqual(await work(), { ...off, asks: false });
  await choose({ name: 'off', without: 'metrics' });
  assert.deepEqual(await work(), { ...off, counts: [0, 0, 0, 0] });
  await choose({ name: '0 %', traces: 0 });
  assert.deepEqual(await work(), { ...all, samples: false, records: false });
  await flush();
  assert.equal(spans(), 1);
  await choose({ name: '100 %', traces: 1 });
  assert.deepEqual(await work(), all);
  await flush();
  assert.equal(spans(), 2);
});
