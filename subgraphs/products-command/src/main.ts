import { EventLogError } from '@tributary/event-log';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, runProcess, untilUp } from '@tributary/service';
import { readCommandSubgraphConfig } from './config.ts';
import { createCommandSubgraph } from './subgraph.ts';

await runProcess(
  'products-command',
  () => readCommandSubgraphConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;
    const isPermanent = (error: unknown) => error instanceof EventLogError && error.code === 'TOPIC_MISMATCH';

    const log = await untilUp(
      'Kafka',
      () =>
        createKafkaEventLog({
          brokers: config.KAFKA_BROKERS,
          clientId: 'products-command',
          logger,
          replicationFactor: config.KAFKA_REPLICATION_FACTOR,
          minInSyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
        }),
      { logger, signal },
    );
    lifecycle.onStop('event log', () => log.close());
    const topics = [
      { ...productCommands, retentionMs: config.COMMANDS_RETENTION_MS },
      { ...productEvents, retentionMs: config.EVENTS_RETENTION_MS },
    ];
    await untilUp('topics', () => log.ensureTopics(topics), { logger, signal, isPermanent });

    const subgraph = await createCommandSubgraph({
      log,
      writerAddresses: config.WRITER_ADDRESS,
      host: config.HOST,
      port: config.PORT,
      publishDeadlineMs: config.PUBLISH_DEADLINE_MS,
      waitMs: config.OUTCOME_WAIT_MS,
      maxWaiters: config.MAX_WAITING_COMMANDS,
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('subgraph', () => subgraph.stop());
    void subgraph.ended.then(fail);

    const admin = await createAdminServer({
      host: config.HOST,
      port: config.ADMIN_PORT,
      logger,
      registry,
      checks: subgraph.checks,
    });
    lifecycle.onStop('admin server', () => admin.stop());
  },
);
