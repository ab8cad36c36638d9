import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productCommands, productCommandsDeadLetters, productEvents, topicsKept } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, runProcess } from '@tributary/service';
import { readWriterConfig } from './config.ts';
import { openPostgres } from './database/postgres.ts';
import { createWriterOperations } from './operations/index.ts';
import { createWriter } from './writer.ts';

await runProcess(
  'writer',
  () => readWriterConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;
    const log = await openKafkaEventLog({
      config,
      clientId: 'writer',
      topics: [
        { ...productCommands, retentionMs: config.COMMANDS_RETENTION_MS },
        { ...productEvents, retentionMs: config.EVENTS_RETENTION_MS },
        productCommandsDeadLetters,
      ],
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('event log', () => log.close());

    const database = await openPostgres({
      url: config.DATABASE_URL,
      maxConnections: config.DATABASE_MAX_CONNECTIONS,
      logger,
      signal,
    });
    lifecycle.onStop('PostgreSQL', () => database.close());

    const writer = await createWriter({
      log,
      database,
      host: config.HOST,
      grpcPort: config.GRPC_PORT,
      commandsRetentionMs: config.COMMANDS_RETENTION_MS,
      inboxRetentionMs: config.INBOX_RETENTION_MS,
      maxBatchCommands: config.MAX_BATCH_COMMANDS,
      maxOutboxBacklog: config.MAX_OUTBOX_BACKLOG,
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('writer', () => writer.stop());
    void writer.ended.then(fail);

    const admin = await createAdminServer({
      host: config.HOST,
      port: config.ADMIN_PORT,
      operationsToken: config.ADMIN_TOKEN,
      logger,
      registry,
      checks: writer.checks,
      operations: createWriterOperations({
        log,
        database,
        topicSettings: topicsKept(config.COMMANDS_RETENTION_MS, config.EVENTS_RETENTION_MS),
        inboxRetentionMs: config.INBOX_RETENTION_MS,
      }),
    });
    lifecycle.onStop('admin server', () => admin.stop());
  },
);
