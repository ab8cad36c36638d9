import { createProductChanges, createProjector } from '@tributary/projector';
import { silentLogger } from '@tributary/service';
import { createWriter } from '@tributary/writer';
import { Registry } from 'prom-client';
import { publishCommands } from '../backlog/commands.ts';
import { quantileOf, throughput } from '../backlog/progress.ts';
import { openStores, type Stores } from '../backlog/stores.ts';
import type { Case, Measurement } from '../measurement.ts';
import type { StackName } from '../options.ts';
import { usedBy } from '../usage.ts';

const logger = silentLogger();
/** There is nothing to build any more. */
const NO_WRITER = '127.0.0.1:1';

/** One writer, then one projector, by themselves in this process, on what has piled up before they start. */
export function backlogCases(stack: StackName, count: number): Case[] {
  /** What the writer's run leaves to the projector's. */
  let decided: Stores | null = null;

  async function decide(): Promise<Measurement> {
    await decided?.close();
    const stores = await openStores(stack);
    decided = stores;
    await buildEmptyReadModel(stores);
    await publishCommands(stores.log, stores.topics.commands, count);
    return runWriter(stores, count);
  }
  async function project(): Promise<Measurement> {
    if (decided === null) await decide();
    const stores = decided as unknown as Stores;
    decided = null;
    try {
      return await runProjector(stores, count);
    } finally {
      await stores.close();
    }
  }
  const of = count.toLocaleString('en');
  return [
    { name: `backlog of ${of}, writer`, run: decide },
    { name: `backlog of ${of}, projector`, run: project },
  ];
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

/** As a projector does at its first start, so that all events are still to come for it. */
async function buildEmptyReadModel(stores: Stores): Promise<void> {
  const writer = await startWriter(stores, new Registry());
  const projector = startProjector(stores, new Registry(), [`127.0.0.1:${writer.grpcPort}`]);
  while ((await Promise.all(projector.checks.map((one) => one.check()))).some((missing) => missing !== null))
    await new Promise((resolve) => setTimeout(resolve, 20));
  await projector.stop();
  await writer.stop();
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
    const projector = startProjector(stores, registry, [NO_WRITER]);
    const { perSecond } = await throughput(registry, 'tributary_consumer_records_total', count);
    await projector.stop();
    return { operations: count, perSecond };
  });
  return { ...measured, p99Ms: (await quantileOf(registry, 'tributary_consumer_batch_seconds', 0.99)) * 1_000 };
}
