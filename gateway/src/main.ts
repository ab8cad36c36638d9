import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productEvents } from '@tributary/proto/topics.ts';
import { createAdminServer, createRegistry, runProcess } from '@tributary/service';
import { readGatewayConfig } from './config.ts';
import { createGateway } from './gateway.ts';
import { subscriptionLimitsOf } from './subscriptions/config.ts';
import { onHangup } from './supergraph/hangup.ts';

await runProcess(
  'gateway',
  () => readGatewayConfig(process.env),
  async (config, { logger, lifecycle, fail }) => {
    const registry = createRegistry();
    const signal = lifecycle.stopping;

    let reload = () => {};
    onHangup(() => reload());

    const log = await openKafkaEventLog({
      config,
      clientId: 'gateway',
      topics: [{ ...productEvents, retentionMs: config.EVENTS_RETENTION_MS }],
      logger,
      registry,
      signal,
    });
    lifecycle.onStop('event log', () => log.close());

    const gateway = await createGateway({
      log,
      commandsUrls: config.COMMANDS_URL,
      queriesUrls: config.QUERIES_URL,
      supergraph: { file: config.SUPERGRAPH_FILE, urls: config.SUBGRAPH_URLS },
      host: config.HOST,
      port: config.PORT,
      adminPort: config.ADMIN_PORT,
      allowedOrigins: config.ALLOWED_ORIGINS,
      cursorKeys: config.CURSOR_KEYS,
      subscriptions: subscriptionLimitsOf(config),
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
    reload = gateway.reloadSupergraph;
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
