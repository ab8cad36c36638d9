import { createProductChanges, createProjector } from '@tributary/projector';
import { readinessOf, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { createWriter } from '@tributary/writer';
import { Registry } from 'prom-client';
import { productsOf, publishCommands } from '../backlog/commands.ts';
import { quantileOf, throughput } from '../backlog/progress.ts';
import { openStores, type Stores } from '../backlog/stores.ts';
import type { Case, Measurement } from '../measurement.ts';
import type { StackName } from '../options.ts';
import { usedBy } from '../usage.ts';

const logger = silentLogger();
const START_WITHIN_MS = 60_000;
/** Where there is nothing to build. */
const NO_WRITER = ['127.0.0.1:1'];

/**
 * One writer, then one projector, by themselves in this process, on what has piled up before they start; then a rebuild of the
 * read model that they came to. Each goes on with what the one before left.
 */
export function backlogCases(stack: StackName, count: number): { cases: Case[]; stop(): Promise<void> } {
  let stores: Stores | null = null;
  let done: 'nothing' | 'decided' | 'projected' = 'nothing';

  async function decide(): Promise<Measurement> {
    await stores?.close();
    stores = await openStores(stack);
    await buildEmptyReadModel(stores);
    await publishCommands(stores.log, stores.topics.commands, count);
    const measured = await runWriter(stores, count);
    done = 'decided';
    return measured;
  }
  async function project(): Promise<Measurement> {
    if (done !== 'decided') await decide();
    const measured = await runProjector(stores as Stores, count);
    done = 'projected';
    return measured;
  }
  async function rebuild(name: string, rate: Rate): Promise<Measurement> {
    if (done !== 'projected') await project();
    return runOperation(stores as Stores, name, rate);
  }

  const of = count.toLocaleString('en');
  const products = productsOf(count).toLocaleString('en');
  return {
    cases: [
      { name: `backlog of ${of}, writer`, run: decide },
      { name: `backlog of ${of}, projector`, run: project },
      {
        name: `rebuild of ${products} products, until it serves`,
        run: () => rebuild('read-model.rebuild', ({ exported }, ms) => (exported.products * 1_000) / ms),
      },
      {
        name: `rebuild of ${products} products, filling alone`,
        run: () => rebuild('read-model.verify', ({ exported }) => exported.perSecond),
      },
    ],
    stop: async () => stores?.close(),
  };
}

function startWriter({ log, database, topics }: Stores, registry: Registry) {
  const { signal } = new AbortController();
  return createWriter({ log, database, host: '127.0.0.1', grpcPort: 0, topics, logger, registry, signal });
}

function startProjector(
  { log, readModel, cache, topics, group }: Stores,
  registry: Registry,
  writerAddresses: readonly string[],
) {
  const changes = createProductChanges();
  const { signal } = new AbortController();
  return createProjector({ log, readModel, cache, changes, writerAddresses, topics, group, logger, registry, signal });
}

/** Runs both until the read model is there and its events are read. */
async function withBoth<T>(
  stores: Stores,
  use: (projector: ReturnType<typeof startProjector>) => Promise<T>,
): Promise<T> {
  const writer = await startWriter(stores, new Registry());
  const projector = startProjector(stores, new Registry(), [`127.0.0.1:${writer.grpcPort}`]);
  try {
    await until(
      'the read model is there and its events are read',
      async () => (await readinessOf(projector.checks)).ready,
      START_WITHIN_MS,
    );
    return await use(projector);
  } finally {
    await projector.stop();
    await writer.stop();
  }
}

/** As a projector does at its first start, so that all events are still to come for it. */
async function buildEmptyReadModel(stores: Stores): Promise<void> {
  await withBoth(stores, async () => {});
}

async function runWriter(stores: Stores, count: number): Promise<Measurement> {
  const registry = new Registry();
  const self = [{ name: 'writer', pid: process.pid }];
  const measured = await usedBy(self, async () => {
    const writer = await startWriter(stores, registry);
    const { perSecond } = await throughput(registry, 'tributary_writer_outcomes_total', count);
    await writer.stop();
    return { operations: count, perSecond };
  });
  return { ...measured, p99Ms: (await quantileOf(registry, 'tributary_writer_commit_seconds', 0.99)) * 1_000 };
}

async function runProjector(stores: Stores, count: number): Promise<Measurement> {
  const registry = new Registry();
  const self = [{ name: 'projector', pid: process.pid }];
  const measured = await usedBy(self, async () => {
    const projector = startProjector(stores, registry, NO_WRITER);
    const { perSecond } = await throughput(registry, 'tributary_consumer_records_total', count);
    await projector.stop();
    return { operations: count, perSecond };
  });
  return { ...measured, p99Ms: (await quantileOf(registry, 'tributary_consumer_batch_seconds', 0.99)) * 1_000 };
}

/** Products per second, of what the operation tells and how long it took. */
type Rate = (told: { exported: { products: number; perSecond: number } }, ms: number) => number;

/** From the operator's word to its end: a new generation is filled, caught up and checked. */
async function runOperation(stores: Stores, name: string, rate: Rate): Promise<Measurement> {
  return withBoth(stores, async ({ operations }) => {
    const wanted = operations.find((one) => one.name === name);
    if (!wanted) throw new Error(`the projector offers no ${name}`);
    return usedBy([{ name: 'writer and projector', pid: process.pid }], async () => {
      const startedMs = performance.now();
      const told = await wanted.run({}, { signal: new AbortController().signal, progress: () => {} });
      const result = told as Parameters<Rate>[0];
      return { operations: result.exported.products, perSecond: rate(result, performance.now() - startedMs) };
    });
  });
}
