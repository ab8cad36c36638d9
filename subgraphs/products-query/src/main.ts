import { createAdminServer, createRegistry, runProcess } from '@tributary/service';
import { readQuerySubgraphConfig } from './config.ts';
import { createQuerySubgraph } from './subgraph.ts';

await runProcess(
  'products-query',
  () => readQuerySubgraphConfig(process.env),
  async (config, { logger, lifecycle }) => {
    const registry = createRegistry();

    const subgraph = await createQuerySubgraph({
      readerAddresses: config.READER_ADDRESS,
      host: config.HOST,
      port: config.PORT,
      waitMs: config.READ_WAIT_MS,
      deadlineMs: config.READ_DEADLINE_MS,
      logger,
      registry,
    });
    lifecycle.onStop('subgraph', () => subgraph.stop());

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
