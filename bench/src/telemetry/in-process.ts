/**
 * What telemetry costs the gateway alone: one process, whose telemetry is switched over and over while it is under a steady load, so
 * that all variants have the same compiled code, heap and machine. Prints processor time per read, medians over rounds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { productEvents } from '@tributary/proto/topics.ts';
import { Counter, Gauge, Histogram } from 'prom-client';

/** Asked by every measurement, so that none is made while nothing is to be measured. */
const MEASURED = 'tributaryBenchMeasures';
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/metrics/durations.ts')) return loaded;
    const source = readFileSync(fileURLToPath(url), 'utf8');
    const observe = 'observe(labels, seconds, trace) {';
    if (!source.includes(observe)) throw new Error(`${url} has no ${observe}`);
    return { ...loaded, source: source.replace(observe, `${observe} if (!globalThis.${MEASURED}) return;`) };
  },
});
const measuring = globalThis as unknown as Record<typeof MEASURED, boolean>;
measuring[MEASURED] = true;

const { createEmbeddedEventLog } = await import('@tributary/event-log/embedded');
const { createGateway } = await import('@tributary/gateway');
const { createRegistry, silentLogger } = await import('@tributary/service');
const { createSpanRecorder } = await import('../../../packages/service/src/telemetry/recorder.ts');
const { startSdk } = await import('../../../packages/service/src/telemetry/sdk.ts');
const { setSpanRecorder } = await import('../../../packages/service/src/telemetry/span.ts');

const ROUNDS = 15;
const TURN_MS = 700;
const SETTLE_MS = 100;

/** Takes spans and forgets them; what sending them costs is in the other benchmark. */
const exporter = {
  export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => {},
};
const sdk = await startSdk({ service: 'bench', exporter: exporter as never, instrument: [] });
const recorder = (ratio: number) =>
  createSpanRecorder({ tracer: sdk.tracer, beginTrace: sdk.beginTrace, ratio, keep: { errors: true, slowMs: 1_000 } });

/** Has a method of every metric that is made from here on do nothing while nothing is measured. */
function switched(prototype: object, ...methods: readonly string[]): void {
  const methodsOf = prototype as Record<string, (...args: unknown[]) => unknown>;
  for (const method of methods) {
    const original = methodsOf[method]!;
    methodsOf[method] = function (this: unknown, ...args: unknown[]) {
      return measuring[MEASURED] ? original.apply(this, args) : undefined;
    };
  }
}
switched(Counter.prototype, 'incWithoutExemplar', 'incWithExemplar');
switched(Histogram.prototype, 'observeWithoutExemplar', 'observeWithExemplar');
switched(Gauge.prototype, 'inc', 'dec', 'set');

const variants = {
  off: () => setSpanRecorder(null),
  'off again': () => setSpanRecorder(null),
  '1 %': () => setSpanRecorder(recorder(0.01)),
  '100 %': () => setSpanRecorder(recorder(1)),
  'no metrics': () => {
    setSpanRecorder(null);
    measuring[MEASURED] = false;
  },
} as const;

const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger() });
await log.ensureTopics([productEvents]);
const peers = fork(new URL('in-process-peers.ts', import.meta.url), { stdio: 'inherit' });
const [{ subgraphUrl }] = await once(peers, 'message');
const gateway = await createGateway({
  log,
  commandsUrls: [subgraphUrl],
  queriesUrls: [subgraphUrl],
  host: '127.0.0.1',
  port: 0,
  logger: silentLogger(),
  registry: createRegistry(),
  signal: new AbortController().signal,
});
peers.send({ loadUrl: gateway.url });

async function readsSoFar(): Promise<number> {
  peers.send('count');
  const [count] = await once(peers, 'message');
  return count as number;
}

const costs = new Map<string, number[]>();
for (let round = -2; round < ROUNDS; round += 1)
  for (const [name, choose] of Object.entries(variants)) {
    measuring[MEASURED] = true;
    choose();
    await delay(SETTLE_MS);
    const [reads, cpu] = [await readsSoFar(), process.cpuUsage()];
    await delay(TURN_MS);
    const { user, system } = process.cpuUsage(cpu);
    const done = (await readsSoFar()) - reads;
    if (round >= 0) costs.set(name, [...(costs.get(name) ?? []), (user + system) / done]);
  }

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const off = costs.get('off')!;
for (const [name, values] of costs) {
  const changes = values.map((value, round) => (value / off[round]! - 1) * 100);
  process.stdout.write(
    `${name}: ${median(values).toFixed(1)} µs a read, ${median(changes).toFixed(1)} % against off\n`,
  );
}
peers.kill();
await gateway.stop();
await log.close();
await rm(folder, { recursive: true });
process.exit();
