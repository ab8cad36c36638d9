import { createTestDatabase, engineAddresses, freePort, uniqueName } from '@tributary/engines';
import { graphql } from './client.ts';
import { type ServiceProcess, startProcess, untilReady } from './processes.ts';
import { eventually, type System } from './system.ts';

export interface Deployment extends System {
  readonly grpc: NonNullable<System['grpc']>;
  readonly services: readonly ServiceProcess[];
  /** Where the first replica of each subgraph answers GraphQL. */
  readonly subgraphUrls: { commands: string; queries: string };
  /** Where each of them serves its metrics. */
  readonly adminUrls: readonly string[];
  /** Ends every process as an operator would, gateways first, and tells their exit codes. */
  stop(): Promise<{ service: ServiceProcess; exitCode: number | null }[]>;
  /** Ends whatever still runs and drops the database. */
  discard(): Promise<void>;
}

export interface DeploymentOptions {
  /** MongoDB database of the read model, which may already be built. Default: a new one. */
  readModel?: string;
}

interface Replica {
  port: number;
  adminPort: number;
}

interface Service {
  name: string;
  main: string;
  replicas: readonly Replica[];
  env(replica: Replica): Record<string, string>;
}

/** Starts every service as its own process on the real engines, `count` of each, and waits until all are ready. */
export async function startDeployment(count: number, options: DeploymentOptions = {}): Promise<Deployment> {
  const engines = await engineAddresses();
  const database = await createTestDatabase();
  const name = options.readModel ?? uniqueName('e2e');
  const [writers, projectors, commands, queries, gateways] = [
    await replicas(count),
    await replicas(count),
    await replicas(count),
    await replicas(count),
    await replicas(count),
  ];

  const deployed: Service[] = [
    {
      name: 'writer',
      main: 'workers/writer/src/main.ts',
      replicas: writers,
      env: ({ port }) => ({ GRPC_PORT: String(port), DATABASE_URL: database.url }),
    },
    {
      name: 'projector',
      main: 'workers/projector/src/main.ts',
      replicas: projectors,
      env: ({ port }) => ({
        GRPC_PORT: String(port),
        MONGODB_URL: engines.mongoUrl,
        MONGODB_DATABASE: name,
        REDIS_URL: engines.redisUrl,
        REDIS_KEY_PREFIX: `${name}:`,
        WRITER_ADDRESS: addresses(writers).join(','),
      }),
    },
    {
      name: 'products-command',
      main: 'subgraphs/products-command/src/main.ts',
      replicas: commands,
      env: ({ port }) => ({ PORT: String(port), WRITER_ADDRESS: addresses(writers).join(',') }),
    },
    {
      name: 'products-query',
      main: 'subgraphs/products-query/src/main.ts',
      replicas: queries,
      env: ({ port }) => ({ PORT: String(port), READER_ADDRESS: addresses(projectors).join(',') }),
    },
    {
      name: 'gateway',
      main: 'gateway/src/main.ts',
      replicas: gateways,
      env: ({ port }) => ({
        PORT: String(port),
        COMMANDS_URL: urls(commands).join(','),
        QUERIES_URL: urls(queries).join(','),
      }),
    },
  ];

  const shared = { KAFKA_BROKERS: engines.kafkaBrokers.join(','), LOG_LEVEL: process.env.LOG_LEVEL ?? 'info' };
  const running = deployed.flatMap(({ name: service, main, replicas: of, env }) =>
    of.map((replica, n) => ({
      replica,
      process: startProcess(`${service}-${n}`, main, {
        ...shared,
        ADMIN_PORT: String(replica.adminPort),
        ...env(replica),
      }),
    })),
  );
  const services = running.map(({ process }) => process);

  async function discard(): Promise<void> {
    for (const service of services) await service.kill('SIGKILL');
    await database.drop();
  }
  try {
    await Promise.all(running.map(({ process, replica }) => untilReady(process, replica.adminPort)));
    await untilCaughtUp(urls(gateways)[0] as string);
  } catch (error) {
    await discard();
    throw error;
  }

  return {
    gateways: urls(gateways) as [string, ...string[]],
    grpc: { readers: addresses(projectors), writers: addresses(writers) },
    services,
    subgraphUrls: { commands: `${urls(commands)[0]}/graphql`, queries: `${urls(queries)[0]}/graphql` },
    adminUrls: running.map(({ replica }) => `http://127.0.0.1:${replica.adminPort}`),
    discard,
    async stop() {
      const stopped: { service: ServiceProcess; exitCode: number | null }[] = [];
      for (const service of [...services].reverse()) stopped.push({ service, exitCode: await service.stop() });
      return stopped;
    },
  };
}

/** Topics that earlier runs have filled are read from their beginning: waits until new commands get through at once. */
async function untilCaughtUp(gateway: string): Promise<void> {
  const input = { name: 'First', description: 'Of this run.', price: 1 };
  const create = () =>
    graphql<{ createProduct: { product: object | null } | null }>(
      gateway,
      'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { id } } }',
      { input },
    );
  await eventually(
    // So many that every partition has one.
    () => Promise.all(Array.from({ length: 24 }, create)),
    (answers) => answers.every(({ data }) => data?.createProduct?.product),
    60_000,
  );
}

async function replicas(count: number): Promise<Replica[]> {
  const found: Replica[] = [];
  for (let n = 0; n < count; n++) found.push({ port: await freePort(), adminPort: await freePort() });
  return found;
}

const addresses = (of: readonly Replica[]) => of.map(({ port }) => `127.0.0.1:${port}`);
const urls = (of: readonly Replica[]) => of.map(({ port }) => `http://127.0.0.1:${port}`);
