import { type Deployment, startDeployment } from '@tributary/e2e';
import { startEngines } from '@tributary/engines';
import type { EventLog } from '@tributary/event-log';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { productCommands } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import pg from 'pg';
import { readReadSide } from '../evidence/read-side.ts';
import { readTopics } from '../evidence/topics.ts';
import { type Query, readWriteModel } from '../evidence/write-model.ts';
import { createSettled, notReady } from './pending.ts';
import type { ChaosSystem } from './system.ts';

export interface OnEnginesOptions {
  brokers: 1 | 3;
  /** Progress of what takes long. */
  report(line: string): void;
}

/** Two processes of each service, on engines of their own. */
export async function startOnEngines({ brokers, report }: OnEnginesOptions): Promise<ChaosSystem> {
  const set = await startEngines(['kafka', 'postgres', 'mongo', 'redis'], { report, kafkaBrokers: brokers });
  try {
    report('starting two processes of each service …');
    const deployment = await startDeployment(2, {
      engines: set.addresses,
      env: {
        KAFKA_REPLICATION_FACTOR: String(brokers),
        KAFKA_MIN_INSYNC_REPLICAS: brokers === 3 ? '2' : '1',
      },
    });
    const { gateways, grpc, services } = deployment;
    return {
      gateways,
      grpc,
      replicas: services,
      engines: { ...set.engines, brokers: set.brokers },
      ...watchDeployment(deployment, set.addresses.kafkaBrokers),
      async discard() {
        await deployment.discard();
        await set.stop();
      },
    };
  } catch (error) {
    await set.stop();
    throw error;
  }
}

/** Looks into every place where a deployment leaves something. */
export function watchDeployment(
  { gateways, services, databaseUrl }: Pick<Deployment, 'gateways' | 'services' | 'databaseUrl'>,
  kafkaBrokers: readonly string[],
): Pick<ChaosSystem, 'pending' | 'evidence'> {
  const settled = createSettled(gateways[0]);
  return {
    pending: async (commandIds) =>
      (await notReady(services)) ??
      (await withDatabase(databaseUrl, async (query) => {
        const waiting = await query('select 1 from outbox');
        if (waiting.length > 0) return `${waiting.length} records stand in the outbox`;
        const left = await withLog(kafkaBrokers, (log) => commandsLeft(log, query));
        if (left !== null) return left;
        const handled = await query<{ id: string }>('select command_id as id from inbox');
        return settled.missing([...new Set([...commandIds, ...handled.map(({ id }) => id)])]);
      })),
    async evidence() {
      const writeModel = await withDatabase(databaseUrl, readWriteModel);
      const topics = await withLog(kafkaBrokers, readTopics);
      const handled = writeModel.inbox.map(({ commandId }) => commandId);
      return { ...writeModel, ...topics, readModel: await readReadSide(gateways, writeModel.products, handled) };
    },
  };
}

/** How many commands the writers have not handled, in words; null when they have handled all. */
async function commandsLeft(log: EventLog, query: Query): Promise<string | null> {
  const rows = await query<{ partition: number; next: string }>(
    `select partition, next_offset::text as next from consumer_positions where topic = '${productCommands.name}'`,
  );
  const next = new Map(rows.map((row) => [row.partition, BigInt(row.next)]));
  let left = 0n;
  for (const [partition, { start, end }] of await log.offsets(productCommands.name))
    left += end - (next.get(partition) ?? start);
  return left === 0n ? null : `${left} commands are not handled`;
}

/** Connects for as long as it is used. */
export async function withDatabase<T>(connectionString: string, use: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query that it fails tells
  try {
    await client.connect();
    return await use(async <Row>(text: string) => (await client.query(text)).rows as Row[]);
  } finally {
    await client.end().catch(() => {});
  }
}

async function withLog<T>(brokers: readonly string[], use: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await createKafkaEventLog({ brokers, clientId: 'chaos', logger: silentLogger() });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}
