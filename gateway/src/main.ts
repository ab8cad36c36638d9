import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productEvents } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, runProcess } from '@tributary/service';
import { readGatewayConfig } from './config.ts';
import { createGateway } from './gateway.ts';

await runProcess(
  'gateway',
  () => readGatewayConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;

    const log = await openKafkaEventLog({
      config,
      clientId: 'gateway',
      topics: [{ ...productEvents, retentionMs: config.EVENTS_RETENTION_MS }],
      logger,
      signal,
    });
    lifecycle.onStop('event log', () => log.close());

    const gateway = await createGateway({
      log,
      commandsUrls: config.COMMANDS_URL,
      queriesUrls: config.QUERIES_URL,
      host: config.HOST,
      port: config.PORT,
      adminPort: config.ADMIN_PORT,
      allowedOrigins: config.ALLOWED_ORIGINS,
      introspection: config.INTROSPECTION,
      limits: { depth: config.MAX_QUERY_DEPTH, tokens: config.MAX_QUERY_TOKENS },
      subgraphDeadlineMs: config.SUBGRAPH_TIMEOUT_MS,
      subgraphConnections: config.SUBGRAPH_CONNECTIONS,
      commandsConnections: config.COMMANDS_CONNECTIONS,
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('gateway', () => gateway.stop());
    void gateway.ended.then(fail);

    const admin = await createAdminServer({
      host: config.HOST,
      port: config.ADMIN_PORT,
      logger,
      registry,
      checks: gateway.checks,
    });
    lifecycle.onStop('admin server', () => admin.stop());
  },
);
