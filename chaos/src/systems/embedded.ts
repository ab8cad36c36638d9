import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { startReplica } from '@tributary/e2e';
import { freePort } from '@tributary/engines';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { silentLogger } from '@tributary/service';
import { readPlain, readReadSide } from '../evidence/read-side.ts';
import { readTopics, type TopicEvidence } from '../evidence/topics.ts';
import { readWriteModel, type WriteModelEvidence } from '../evidence/write-model.ts';
import { metricsOf } from './metrics.ts';
import { createSettled, notReady } from './pending.ts';
import type { ChaosSystem } from './system.ts';

/** What `npm start` starts, on a data folder of its own. */
export async function startEmbedded(): Promise<ChaosSystem> {
  const data = await mkdtemp(join(tmpdir(), 'tributary-chaos-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const replica = startReplica({
    service: 'standalone',
    name: 'standalone',
    main: 'standalone/src/main.ts',
    adminPort,
    env: {},
    args: ['--port', String(port), '--admin-port', String(adminPort), '--data', data],
  });
  const gateways = [`http://127.0.0.1:${port}`] as const;
  const settled = createSettled(gateways[0]);

  async function discard(): Promise<void> {
    await replica.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }

  async function storesOf(): Promise<WriteModelEvidence & TopicEvidence> {
    const writeModel = await PGlite.create({ dataDir: join(data, 'write-model') });
    const log = createEmbeddedEventLog({ file: join(data, 'event-log.sqlite'), logger: silentLogger() });
    try {
      const query = async <Row>(text: string) => (await writeModel.query<Row>(text)).rows;
      return { ...(await readWriteModel(query)), ...(await readTopics(log)) };
    } finally {
      await log.close();
      await writeModel.close();
    }
  }

  try {
    await replica.ready();
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    gateways,
    grpc: null,
    replicas: [replica],
    engines: null,
    pending: async (commandIds) =>
      (await notReady([replica])) ?? (await workLeft(replica.adminUrl)) ?? (await settled.missing(commandIds)),
    async evidence(productIds) {
      // The cache ends with the process.
      const plain = await readPlain(gateways, productIds);
      // One process at a time may have the stores.
      await replica.stop();
      const stores = await storesOf();
      await replica.restart();
      await replica.ready();
      const handled = stores.inbox.map(({ commandId }) => commandId);
      const readModel = await readReadSide(gateways, stores.products, handled);
      return { ...stores, readModel: { ...readModel, plain: [...plain, ...readModel.plain] } };
    },
    discard,
  };
}

async function workLeft(adminUrl: string): Promise<string | null> {
  const metrics = await metricsOf(adminUrl);
  for (const name of ['tributary_consumer_lag_records', 'tributary_writer_outbox_backlog_records']) {
    const left = metrics.get(name) ?? 0;
    if (left > 0) return `${name} is ${left}`;
  }
  return null;
}
