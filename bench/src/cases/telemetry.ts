import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../live/child.ts';
import { type Case, type Measurement, medianOf, type Pair, quantile } from '../measurement.ts';
import { startStack } from '../stack.ts';
import { startGatewayAlone } from '../telemetry/gateway-alone.ts';
import type { Done, LoadArguments } from '../telemetry/load-process.ts';
import { type OperationName, operationOf, operations, PRODUCTS } from '../telemetry/operations.ts';
import { choose, flush, switchable } from '../telemetry/remote.ts';
import { type Collector, off, type Variant, variants } from '../telemetry/variants.ts';
import { type BenchProcess, usedBy } from '../usage.ts';

/** The shorter, the less of what disturbs the machine falls into one of a pair only. */
const TURN_MS = 250;
/** For a queue of spans to fill up, and sending to be tried again and again. */
const COLLECTOR_TURN_MS = 5_000;
const WARM_UP_MS = 3_000;
/** For what was under way when it was switched. */
const SETTLE_MS = 40;

export interface TelemetryOptions {
  /** How long the turns of a run are together. */
  readonly seconds: number;
  /** Without the minor variants. */
  readonly quick: boolean;
}

/**
 * One set of services whose telemetry is switched from turn to turn, so that all variants have the same processes, compiled code,
 * heap, stores and machine: two sets that are equal differ by more than telemetry costs.
 */
export async function startTelemetry({ seconds, quick }: TelemetryOptions): Promise<{
  cases: Case[];
  stop(): Promise<void>;
}> {
  const collector = await startChild({ name: 'collector', file: '../telemetry/sink-process.ts' });
  const clients = await startChild({ name: 'clients', file: '../telemetry/load-process.ts' });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const env = switchable({ folder, collectorUrl: await collector.ask<string>('url') });
  const system = await startStack('engines', { products: PRODUCTS, env });
  const gateway = await startGatewayAlone(env);

  interface Loaded {
    /** All whose telemetry is switched. */
    readonly processes: readonly BenchProcess[];
    /** Those that are measured. */
    readonly measured: readonly BenchProcess[];
  }

  async function turn(variant: Variant, turnMs: number, { processes, measured }: Loaded): Promise<Measurement> {
    const { collector: behaviour = 'takes' } = variant;
    // Traces are off here; what was under way when they were switched off is sent.
    await delay(SETTLE_MS);
    await flush(processes, folder);
    await collector.ask('behave', behaviour);
    await choose(processes, folder, variant);
    await delay(SETTLE_MS);
    await clients.ask('take');
    const spansBefore = await collector.ask<number>('spans');
    const startedMs = performance.now();
    const { usage, ...done } = await usedBy(measured, async () => {
      await delay(turnMs);
      await choose(processes, folder, off);
      // To send the last spans is part of their price, if anybody takes them; to switch is a price of all.
      if (behaviour === 'takes') await flush(processes, folder);
      return clients.ask<Done>('take');
    });
    const spans = (await collector.ask<number>('spans')) - spansBefore;
    if (behaviour !== 'takes') await letGo(processes);
    return {
      perSecond: (done.operations * 1_000) / (performance.now() - startedMs),
      p50Ms: quantile(done.latenciesMs, 0.5),
      p99Ms: quantile(done.latenciesMs, 0.99),
      failures: done.failures,
      usage,
      ...(spans > 0 && { figures: { 'spans per operation': spans / done.operations } }),
    };
  }

  /** Has what nobody took be sent, so that it does not disturb what follows. */
  async function letGo(processes: readonly BenchProcess[]): Promise<void> {
    await collector.ask('behave', 'takes' satisfies Collector);
    // The first may only end what is under way.
    for (let time = 0; time < 2; time += 1) await flush(processes, folder);
  }

  async function run(variant: Variant, against: Variant, operation: OperationName): Promise<Measurement> {
    const { ofGateway = false, services } = operationOf(operation);
    const { url, processes } = ofGateway ? gateway : system;
    const loaded = { processes, measured: processes.filter(({ name }) => services.includes(name)) };
    const turnMs = variant.collector ? COLLECTOR_TURN_MS : TURN_MS;
    await choose(processes, folder, off);
    await clients.ask('start', { url, operation } satisfies LoadArguments);
    const pairs: Pair[] = [];
    await delay(WARM_UP_MS);
    for (let n = 0; n < (seconds * 1_000) / (2 * turnMs); n += 1) {
      // Whoever comes first changes, so that a drift is in neither.
      const order = n % 2 === 0 ? [against, variant] : [variant, against];
      const turns = new Map<Variant, Measurement>();
      for (const one of order) turns.set(one, await turn(one, turnMs, loaded));
      pairs.push({ own: turns.get(variant)!, other: turns.get(against)! });
    }
    await clients.ask('stop');
    if (against === off && pairs.filter(({ other }) => other.figures).length > pairs.length / 2)
      throw new Error(`${variant.name}: spans are sent while traces are off`);
    return { ...medianOf(pairs.map(({ own }) => own)), pairs };
  }

  return {
    cases: (Object.keys(operations) as OperationName[]).flatMap((operation) =>
      variants
        .filter(({ isMinor }) => !quick || !isMinor)
        .map(
          (variant): Case => ({
            name: `telemetry ${operation}, ${variant.name}`,
            against: variant.against.name,
            run: () => run(variant, variant.against, operation),
          }),
        ),
    ),
    async stop() {
      await clients.stop();
      await gateway.stop();
      await system.stop();
      await collector.stop();
      await rm(folder, { recursive: true });
    },
  };
}
