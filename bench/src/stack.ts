import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDeployment, startProcess, untilReady } from '@tributary/e2e';
import { engineAddresses, freePort, uniqueName } from '@tributary/engines';
import { createSqliteReadModel } from '@tributary/projector';
import { createMongoReadModel } from '@tributary/projector/mongodb';
import { silentLogger } from '@tributary/service';
import { fill } from './catalogue.ts';
import type { StackName } from './options.ts';
import type { BenchProcess } from './usage.ts';

/** A running system. */
export interface Stack {
  name: StackName;
  /** The gateway. */
  url: string;
  processes: readonly BenchProcess[];
  /** Where each serves its metrics. */
  adminUrls: readonly string[];
  /** Where the subgraphs answer; absent where they cannot be reached from outside. */
  subgraphUrls?: { commands: string; queries: string };
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Products that the read model has from the start. Default: none. */
  products?: number;
  /** Settings of every service on the real engines. */
  env?: Record<string, string>;
}

export function startStack(name: StackName, options: StackOptions = {}): Promise<Stack> {
  return name === 'embedded' ? startEmbedded(options) : startOnEngines(options);
}

async function startEmbedded({ products }: StackOptions): Promise<Stack> {
  const data = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  if (products !== undefined) {
    const readModel = createSqliteReadModel({ file: join(data, 'read-model.sqlite') });
    await fill(readModel, products);
    await readModel.close();
  }
  const [port, adminPort] = [await freePort(), await freePort()];
  const args = ['--port', String(port), '--admin-port', String(adminPort), '--data', data];
  const process = startProcess('standalone', 'standalone/src/main.ts', {}, args);
  await untilReady(process, adminPort);
  return {
    name: 'embedded',
    url: `http://127.0.0.1:${port}`,
    processes: [process],
    adminUrls: [`http://127.0.0.1:${adminPort}`],
    async stop() {
      await process.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** One process of each service. */
async function startOnEngines({ products, env }: StackOptions): Promise<Stack> {
  const database = uniqueName('bench');
  if (products !== undefined) {
    const { mongoUrl } = await engineAddresses(['mongo']);
    const readModel = createMongoReadModel({
      url: mongoUrl,
      database,
      answerTimeoutMs: 60_000,
      logger: silentLogger(),
    });
    await fill(readModel, products);
    await readModel.close();
  }
  const deployment = await startDeployment(1, { readModel: database, ...(env && { env }) });
  return {
    name: 'engines',
    url: deployment.gateways[0],
    processes: deployment.services.map(({ name, pid }) => ({ name: name.replace(/-0$/, ''), pid })),
    adminUrls: deployment.adminUrls,
    subgraphUrls: deployment.subgraphUrls,
    async stop() {
      await deployment.stop();
      await deployment.discard();
    },
  };
}
