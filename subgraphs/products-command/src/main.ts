import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, runProcess } from '@tributary/service';
import { readCommandSubgraphConfig } from './config.ts';
import { createCommandSubgraph } from './subgraph.ts';

await runProcess(
  'products-command',
  () => readCommandSubgraphConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;
    const log = await openKafkaEventLog({
      config,
      clientId: 'products-command',
      topics: [
        { ...productCommands, retentionMs: config.COMMANDS_RETENTION_MS },
        { ...productEvents, retentionMs: config.EVENTS_RETENTION_MS },
      ],
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('event log', () => log.close());

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
