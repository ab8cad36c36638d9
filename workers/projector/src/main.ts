import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productEvents, productEventsDeadLetters } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, type Operation, type ReadinessCheck, runProcess } from '@tributary/service';
import { readProjectorConfig } from './config.ts';
import { createProjectorOperations } from './operations/index.ts';
import { createRedisCache } from './product/cache/index.ts';
import { createProductChanges } from './product/changes.ts';
import { createMongoReadModel } from './product/read-model/index.ts';
import { createProjector } from './projector.ts';
import { createReader } from './reader.ts';

await runProcess(
  'projector',
  () => readProjectorConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;
    const checks: ReadinessCheck[] = [];
    const operations: Operation[] = [];

    const readModel = createMongoReadModel({ url: config.MONGODB_URL, database: config.MONGODB_DATABASE, logger });
    lifecycle.onStop('MongoDB', () => readModel.close());
    const cache = createRedisCache({
      url: config.REDIS_URL,
      keyPrefix: config.REDIS_KEY_PREFIX,
      ttlMs: config.CACHE_TTL_MS,
      logger,
      registry,
    });
    lifecycle.onStop('Redis', () => cache.close());
    const changes = createProductChanges();
    const outcomesRetentionMs = config.OUTCOMES_RETENTION_MS;

    if (config.ROLES.includes('projector')) {
      const log = await openKafkaEventLog({
        config,
        clientId: 'projector',
        topics: [{ ...productEvents, retentionMs: config.EVENTS_RETENTION_MS }, productEventsDeadLetters],
        logger,
        registry,
        signal,
      });
      lifecycle.onStop('event log', () => log.close());

      const projector = createProjector({
        log,
        readModel,
        cache,
        changes,
        writerAddresses: config.WRITER_ADDRESS,
        outcomesRetentionMs,
        logger,
        registry,
        signal,
      });
      lifecycle.onStop('projector', () => projector.stop());
      void projector.ended.then(fail);
      checks.push(...projector.checks);
      operations.push(...createProjectorOperations({ log, readModel }), ...projector.operations);
    }

    if (config.ROLES.includes('reader')) {
      const reader = await createReader({
        readModel,
        cache,
        changes,
        host: config.HOST,
        grpcPort: config.GRPC_PORT,
        outcomesRetentionMs,
        maxWaitingReads: config.MAX_WAITING_READS,
        logger,
        registry,
      });
      lifecycle.onStop('reader', () => reader.stop());
      checks.push(...reader.checks);
    }

    const admin = await createAdminServer({
      host: config.HOST,
      port: config.ADMIN_PORT,
      operations,
      operationsToken: config.ADMIN_TOKEN,
      logger,
      registry,
      checks,
    });
    lifecycle.onStop('admin server', () => admin.stop());
  },
);
