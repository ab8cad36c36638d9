import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, engineAddresses, uniqueName } from '@tributary/engines';
import type { EventLog } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { createMemoryCache, createSqliteReadModel, type ProjectorOptions } from '@tributary/projector';
import { createMongoReadModel } from '@tributary/projector/mongodb';
import { createRedisCache } from '@tributary/projector/redis';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { type Database, openPglite } from '@tributary/writer';
import { openPostgres } from '@tributary/writer/postgres';
import type { StackName } from '../options.ts';

/** What a writer and a projector work on, of one stack and empty. */
export interface Stores {
  log: EventLog;
  database: Database;
  readModel: ProjectorOptions['readModel'];
  cache: ProjectorOptions['cache'];
  topics: { commands: string; events: string; deadLetters: string };
  /** The name under which projectors share partitions. */
  group: string;
  close(): Promise<void>;
}

export function openStores(stack: StackName): Promise<Stores> {
  return stack === 'embedded' ? openEmbedded() : openOnEngines();
}

const logger = silentLogger();
const DEAD_LETTERS = { partitions: 1, retentionMs: productEvents.retentionMs };

async function openEmbedded(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-backlog-'));
  const names = topicNames();
  const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
  await log.ensureTopics(settingsOf(names));
  const database = await openPglite({ folder: join(folder, 'write-model') });
  const readModel = createSqliteReadModel({ file: join(folder, 'read-model.sqlite') });
  return {
    ...{ log, database, readModel, cache: createMemoryCache(), topics: names, group: 'projector' },
    async close() {
      await log.close();
      await readModel.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openOnEngines(): Promise<Stores> {
  const { kafkaBrokers, mongoUrl, redisUrl } = await engineAddresses();
  const names = topicNames();
  const { signal } = new AbortController();
  const log = await openKafkaEventLog({
    config: { KAFKA_BROKERS: kafkaBrokers, KAFKA_REPLICATION_FACTOR: 1, KAFKA_MIN_INSYNC_REPLICAS: 1 },
    clientId: 'bench',
    topics: settingsOf(names),
    logger,
    signal,
  });
  const server = await createTestDatabase();
  const database = await openPostgres({ url: server.url, logger, signal });
  const readModel = createMongoReadModel({ url: mongoUrl, database: uniqueName('bench'), logger });
  const cache = createRedisCache({ url: redisUrl, keyPrefix: `${uniqueName('bench')}:`, logger });
  return {
    ...{ log, database, readModel, cache, topics: names, group: uniqueName('projector') },
    async close() {
      await log.close();
      await cache.close();
      await readModel.close();
      await database.close();
      await server.drop();
    },
  };
}

function topicNames(): Stores['topics'] {
  const name = uniqueName('bench');
  return { commands: `${name}.commands`, events: `${name}.events`, deadLetters: `${name}.dlq` };
}

function settingsOf(names: Stores['topics']) {
  return [
    { ...productCommands, name: names.commands },
    { ...productEvents, name: names.events },
    { ...DEAD_LETTERS, name: names.deadLetters },
  ];
}
