import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { createGateway, type Part } from '@tributary/gateway';
import { createCommandSubgraph } from '@tributary/products-command';
import { createQuerySubgraph } from '@tributary/products-query';
import {
  createMemoryCache,
  createProductChanges,
  createProjector,
  createProjectorOperations,
  createReader,
  createSqliteReadModel,
} from '@tributary/projector';
import { topics } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, type Lifecycle, type Logger } from '@tributary/service';
import { createWriter, createWriterOperations, openPglite } from '@tributary/writer';
import { openCursorKey } from './cursor-key.ts';
import type { DataFolder } from './data-folder.ts';
import { untilReady } from './ready.ts';

export interface StandaloneOptions {
  host: string;
  /** Port of the gateway; 0 for any. */
  port: number;
  adminPort: number;
  /** Origins of pages that may ask, beside the gateway's own. */
  allowedOrigins: readonly string[];
  /** What an operator must show on the admin port; empty for callers from this machine only. */
  operationsToken: string;
  data: DataFolder;
  logger: Logger;
  lifecycle: Lifecycle;
  /** Called when a part can no longer do its job. */
  fail(reason: Error): void;
}

export interface Standalone {
  url: string;
  adminUrl: string;
}

/** Where the services listen that only the gateway talks to. */
const INTERNAL = { host: '127.0.0.1', port: 0, grpcPort: 0 } as const;

/** All services in one process over the embedded adapters. They talk over the same HTTP and gRPC as anywhere. */
export async function startStandalone({
  host,
  port,
  adminPort,
  allowedOrigins,
  operationsToken,
  data,
  logger,
  lifecycle,
  fail,
}: StandaloneOptions): Promise<Standalone> {
  const registry = createRegistry();
  const shared = { logger, registry, signal: lifecycle.stopping };

  const log = createEmbeddedEventLog({ file: data.eventLogFile, logger, registry });
  lifecycle.onStop('event log', () => log.close());
  await log.ensureTopics(topics);

  const database = await openPglite({ folder: data.writeModelFolder });
  lifecycle.onStop('write model', () => database.close());

  const readModel = createSqliteReadModel({ file: data.readModelFile });
  lifecycle.onStop('read model', () => readModel.close());
  const cache = createMemoryCache();
  const changes = createProductChanges();

  const writer = await createWriter({ ...shared, ...INTERNAL, log, database });
  lifecycle.onStop('writer', () => writer.stop());
  const writerAddresses = [`${INTERNAL.host}:${writer.grpcPort}`];

  const projector = createProjector({ ...shared, log, readModel, cache, changes, writerAddresses });
  lifecycle.onStop('projector', () => projector.stop());

  const reader = await createReader({ ...shared, ...INTERNAL, readModel, cache, changes });
  lifecycle.onStop('reader', () => reader.stop());

  const commands = await createCommandSubgraph({ ...shared, ...INTERNAL, log, writerAddresses });
  lifecycle.onStop('products-command', () => commands.stop());

  const queries = await createQuerySubgraph({
    ...shared,
    ...INTERNAL,
    readerAddresses: [`${INTERNAL.host}:${reader.grpcPort}`],
  });
  lifecycle.onStop('products-query', () => queries.stop());

  const parts: Part[] = [
    { name: 'products-command', checks: commands.checks },
    { name: 'products-query', checks: queries.checks },
    { name: 'writer', checks: writer.checks },
    { name: 'projector', checks: [...projector.checks, ...reader.checks] },
  ];
  const gateway = await createGateway({
    ...shared,
    host,
    port,
    portSetting: '--port',
    adminPort,
    allowedOrigins,
    log,
    commandsUrls: [commands.url],
    queriesUrls: [queries.url],
    cursorKeys: [openCursorKey(data.cursorKeyFile)],
    parts,
  });
  lifecycle.onStop('gateway', () => gateway.stop());

  const checks = [...parts, { name: 'gateway', checks: gateway.checks }].flatMap((part) =>
    part.checks.map((check) => ({ name: `${part.name}: ${check.name}`, check: () => check.check() })),
  );
  const admin = await createAdminServer({
    host,
    port: adminPort,
    portSetting: '--admin-port',
    operationsToken,
    logger,
    registry,
    checks,
    operations: [
      ...createWriterOperations({ log, database, topicSettings: topics }),
      ...createProjectorOperations({ log, readModel }),
      ...projector.operations,
    ],
  });
  lifecycle.onStop('admin server', () => admin.stop());

  await untilReady(checks, logger, lifecycle.stopping);
  for (const part of [writer, projector, commands, gateway]) void part.ended.then(fail);
  return { url: gateway.url, adminUrl: `http://${host}:${admin.port}` };
}
