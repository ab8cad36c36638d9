import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { patched, patchesOf } from './patches.ts';
import { environmentOf, type Variant, variants } from './variants.ts';

const root = new URL('../../../', import.meta.url);

test('the code of today has what the variants replace', () => {
  const patches = patchesOf({ prefix: 'one.', leaveOut: ['spans', 'metrics'] });
  for (const file of new Set(patches.map((patch) => patch.file))) {
    const source = readFileSync(new URL(file, root), 'utf8');
    const text = patched(file, source, patches);
    for (const { to } of patches.filter((patch) => patch.file === file)) assert.ok(text.includes(to), `${file}: ${to}`);
  }
});

test('text that is gone is told, since something else would be measured', () => {
  assert.throws(
    () => patched('a.ts', 'const a = 1;', [{ file: 'a.ts', from: 'const b', to: 'const c' }]),
    /a\.ts has no "const b"/,
  );
});

/** What a process of a variant prints. */
function printed(variant: Variant, script: string): unknown {
  const env = environmentOf(variant, { n: 7, sinkUrl: 'http://127.0.0.1:9' });
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: new URL('bench', root),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

const variantOf = (name: string) => variants.find((variant) => variant.name === name) as Variant;

test('a process has topics of its variant', () => {
  const script = `
    const { productCommands, productEventsDeadLetters } = await import('@tributary/proto/topics.ts');
    console.log(JSON.stringify([productCommands.name, productEventsDeadLetters.name]));`;
  assert.deepEqual(printed(variantOf('off'), script), [
    'variant-7.products.commands.v1',
    'variant-7.products.events.v1.dlq',
  ]);
});

test('spans are left out where the variant says so', () => {
  const script = `
    const { isTraced, hasSpanRecorder, setSpanRecorder, newTraceContext } = await import('@tributary/service');
    setSpanRecorder({ samples: () => true, start: () => null, run: (span, work) => work() });
    const flags = newTraceContext().traceparent.slice(-2);
    console.log(JSON.stringify([isTraced({ traceparent: '00-1-2-01' }), hasSpanRecorder(), flags]));`;
  assert.deepEqual(printed(variantOf('off'), script), [true, true, '01']);
  assert.deepEqual(printed(variantOf('no spans in the code'), script), [false, false, '00']);
});

test('metrics count nothing where the variant says so', () => {
  const script = `
    const { Counter, Gauge, Histogram, Summary } = await import('prom-client');
    const { createRegistry, createDurations } = await import('@tributary/service');
    const registry = createRegistry();
    const named = (name) => ({ name, help: name, labelNames: ['a'], registers: [registry] });
    new Counter(named('c_total')).inc({ a: '1' });
    new Counter({ ...named('e_total'), labelNames: [] }).inc(2);
    const gauge = new Gauge(named('g'));
    gauge.set({ a: '1' }, 5);
    gauge.labels('2').set(5);
    const histogram = new Histogram(named('h'));
    histogram.observe({ a: '1' }, 5);
    histogram.startTimer({ a: '1' })();
    histogram.labels('2').observe(5);
    new Summary(named('s')).observe({ a: '1' }, 5);
    createDurations({ registry, name: 'd', help: 'd', labelNames: [] }).observe({}, 5);
    const lines = (await registry.metrics()).split('\\n');
    const watches = lines.some((line) => line.startsWith('# TYPE nodejs_gc_'));
    console.log(JSON.stringify({ watches, counted: lines.filter((line) => /^[a-z].* [^0]\\S*$/.test(line)).length }));`;
  const { watches, counted } = printed(variantOf('off'), script) as { watches: boolean; counted: number };
  assert.ok(watches && counted > 30, String(counted));
  assert.deepEqual(printed(variantOf('no metrics'), script), { watches: false, counted: 0 });
});
