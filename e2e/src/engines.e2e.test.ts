import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createTestDatabase, engineAddresses, freePort, uniqueName } from '@tributary/engines';
import { type ServiceProcess, startProcess, untilReady } from './processes.ts';
import { badInputScenarios } from './scenarios/bad-input.ts';
import { commandScenarios } from './scenarios/commands.ts';
import { restScenarios } from './scenarios/rest.ts';
import { searchScenarios } from './scenarios/search.ts';
import { subscriptionScenarios } from './scenarios/subscriptions.ts';
import type { System } from './system.ts';

const REPLICAS = 2;
const engines = await engineAddresses();
const database = await createTestDatabase();
const name = uniqueName('e2e');
const services: ServiceProcess[] = [];

interface Replica {
  port: number;
  adminPort: number;
}

const replicas = async (): Promise<Replica[]> => {
  const found: Replica[] = [];
  for (let n = 0; n < REPLICAS; n++) found.push({ port: await freePort(), adminPort: await freePort() });
  return found;
};
const [writers, projectors, commands, queries, gateways] = [
  await replicas(),
  await replicas(),
  await replicas(),
  await replicas(),
  await replicas(),
];
const addresses = (of: readonly Replica[]) => of.map(({ port }) => `127.0.0.1:${port}`).join(',');
const urls = (of: readonly Replica[]) => of.map(({ port }) => `http://127.0.0.1:${port}`);

const shared = { KAFKA_BROKERS: engines.kafkaBrokers.join(','), LOG_LEVEL: 'info' };
const mongo = new URL(engines.mongoUrl);
mongo.pathname = `/${name}`;

/** Every service, two of each, with what it needs to know. */
const deployment: [string, string, readonly Replica[], (replica: Replica) => Record<string, string>][] = [
  [
    'writer',
    'workers/writer/src/main.ts',
    writers,
    ({ port }) => ({ GRPC_PORT: String(port), DATABASE_URL: database.url }),
  ],
  [
    'projector',
    'workers/projector/src/main.ts',
    projectors,
    ({ port }) => ({
      GRPC_PORT: String(port),
      MONGODB_URL: mongo.href,
      REDIS_URL: engines.redisUrl,
      REDIS_KEY_PREFIX: `${name}:`,
      WRITER_ADDRESS: addresses(writers),
    }),
  ],
  [
    'products-command',
    'subgraphs/products-command/src/main.ts',
    commands,
    ({ port }) => ({ PORT: String(port), WRITER_ADDRESS: addresses(writers) }),
  ],
  [
    'products-query',
    'subgraphs/products-query/src/main.ts',
    queries,
    ({ port }) => ({ PORT: String(port), READER_ADDRESS: addresses(projectors) }),
  ],
  [
    'gateway',
    'gateway/src/main.ts',
    gateways,
    ({ port }) => ({
      PORT: String(port),
      COMMANDS_URL: urls(commands).join(','),
      QUERIES_URL: urls(queries).join(','),
    }),
  ],
];

for (const [service, main, of, env] of deployment) {
  for (const [n, replica] of of.entries()) {
    services.push(
      startProcess(`${service}-${n}`, main, { ...shared, ADMIN_PORT: String(replica.adminPort), ...env(replica) }),
    );
  }
}
await Promise.all(
  deployment
    .flatMap(([, , of]) => of)
    .map((replica, n) => untilReady(services[n] as ServiceProcess, replica.adminPort)),
);

after(async () => {
  for (const service of services) await service.kill('SIGKILL');
  await database.drop();
});

const system: System = {
  gateways: urls(gateways) as [string, ...string[]],
  grpc: {
    readers: projectors.map(({ port }) => `127.0.0.1:${port}`),
    writers: writers.map(({ port }) => `127.0.0.1:${port}`),
  },
};
describe('real engines: commands', () => commandScenarios(system));
describe('real engines: search', () => searchScenarios(system));
describe('real engines: REST', () => restScenarios(system));
describe('real engines: subscriptions', () => subscriptionScenarios(system));
describe('real engines: bad input', () => badInputScenarios(system));

describe('real engines: the processes', () => {
  test('every service stops cleanly', async () => {
    for (const service of [...services].reverse())
      assert.equal(await service.stop(), 0, `${service.name}\n${service.output().slice(-4_000)}`);
  });

  test('no service logged a failure', () => {
    for (const service of services) assert.doesNotMatch(service.output(), /"level":"(error|fatal)"/, service.name);
  });
});
