import { createTestDatabase, type EngineAddresses, engineAddresses, freePort, uniqueName } from '@tributary/engines';
import { graphql } from './client.ts';
import type { ServiceProcess } from './processes.ts';
import { type Replica, startReplica } from './replica.ts';
import { eventually, type System } from './system.ts';

export interface Deployment extends System {
  readonly grpc: NonNullable<System['grpc']>;
  /** Every replica of every service, in the order of their start: gateways last. */
  readonly services: readonly Replica[];
  /** Where the first replica of each subgraph answers GraphQL. */
  readonly subgraphUrls: { commands: string; queries: string };
  /** Where each of them serves its metrics. */
  readonly adminUrls: readonly string[];
  /** PostgreSQL of the write model. */
  readonly databaseUrl: string;
  /** Ends every process as an operator would, gateways first, and tells their exit codes. */
  stop(): Promise<{ service: ServiceProcess; exitCode: number | null }[]>;
  /** Ends whatever still runs and drops the database that was made for it. */
  discard(): Promise<void>;
}

export interface DeploymentOptions {
  /** MongoDB database of the read model, which may already be built. Default: a new one. */
  readModel?: string;
  /** Engines of its own, all of whose topics, and the PostgreSQL database of their URL, it may take. Default: the shared ones, and a new database. */
  engines?: EngineAddresses;
  /** Settings of every service beside the addresses. */
  env?: Record<string, string>;
}

/** What the gateways of a deployment sign cursors with. */
export const cursorKey = { id: 'e2e', secret: 'the-secret-that-all-gateways-of-a-deployment-share' };

interface Ports {
  port: number;
  adminPort: number;
}

interface Service {
  name: string;
  main: string;
  replicas: readonly Ports[];
  env(ports: Ports): Record<string, string>;
}

/** Starts every service as its own process on the real engines, `count` of each, and waits until all are ready. */
export async function startDeployment(count: number, options: DeploymentOptions = {}): Promise<Deployment> {
  const engines = options.engines ?? (await engineAddresses());
  const database = options.engines
    ? { url: options.engines.postgresUrl, drop: async () => {} }
    : await createTestDatabase();
  const name = options.readModel ?? uniqueName('e2e');
  const [writers, projectors, commands, queries, gateways] = [
    await choosePorts(count),
    await choosePorts(count),
    await choosePorts(count),
    await choosePorts(count),
    await choosePorts(count),
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
        CURSOR_KEYS: `${cursorKey.id}:${cursorKey.secret}`,
      }),
    },
  ];

  const shared = {
    KAFKA_BROKERS: engines.kafkaBrokers.join(','),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    ...options.env,
  };
  const services = deployed.flatMap(({ name: service, main, replicas, env }) =>
    replicas.map((ports, n) =>
      startReplica({
        service,
        name: `${service}-${n}`,
        main,
        adminPort: ports.adminPort,
        env: { ...shared, ADMIN_PORT: String(ports.adminPort), ...env(ports) },
      }),
    ),
  );

  async function discard(): Promise<void> {
    for (const service of services) await service.kill('SIGKILL');
    await database.drop();
  }
  try {
    await Promise.all(services.map((service) => service.ready()));
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
    adminUrls: services.map(({ adminUrl }) => adminUrl),
    databaseUrl: database.url,
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

async function choosePorts(count: number): Promise<Ports[]> {
  const found: Ports[] = [];
  for (let n = 0; n < count; n++) found.push({ port: await freePort(), adminPort: await freePort() });
  return found;
}

const addresses = (of: readonly Ports[]) => of.map(({ port }) => `127.0.0.1:${port}`);
const urls = (of: readonly Ports[]) => of.map(({ port }) => `http://127.0.0.1:${port}`);
