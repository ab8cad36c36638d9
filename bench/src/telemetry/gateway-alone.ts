import { startProcess, untilReady } from '@tributary/e2e';
import { engineAddresses, freePort } from '@tributary/engines';
import { startChild } from '../live/child.ts';
import type { BenchProcess } from '../usage.ts';

/** A gateway before a subgraph that has its answer ready. */
export interface GatewayAlone {
  readonly url: string;
  readonly processes: readonly BenchProcess[];
  stop(): Promise<void>;
}

export async function startGatewayAlone(env: Readonly<Record<string, string>>): Promise<GatewayAlone> {
  const subgraph = await startChild({ name: 'subgraph', file: '../telemetry/subgraph-process.ts' });
  const subgraphUrl = await subgraph.ask<string>('url');
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const [port, adminPort] = [await freePort(), await freePort()];
  const gateway = startProcess('gateway', 'gateway/src/main.ts', {
    KAFKA_BROKERS: kafkaBrokers.join(','),
    COMMANDS_URL: subgraphUrl,
    QUERIES_URL: subgraphUrl,
    CURSOR_KEYS: 'bench:a-secret-that-nobody-has-to-keep-from-anybody',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    ...env,
  });
  await untilReady(gateway, adminPort);
  return {
    url: `http://127.0.0.1:${port}`,
    processes: [gateway],
    async stop() {
      await gateway.stop();
      await subgraph.stop();
    },
  };
}
