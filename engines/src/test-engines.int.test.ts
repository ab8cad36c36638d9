import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type EngineSet, engineAddresses, freePort, startEngines, uniqueName } from './index.ts';

describe('what integration tests use', { timeout: 60_000 }, () => {
  let set: EngineSet<'postgres'>;
  const variables = ['TEST_KAFKA_BROKERS', 'TEST_POSTGRES_URL', 'TEST_MONGO_URL', 'TEST_REDIS_URL', 'ENGINES_DIR'];
  const former = variables.map((name) => [name, process.env[name]] as const);

  before(async () => {
    set = await startEngines(['postgres'], { report: () => {} });
  });
  after(() => set?.stop());
  afterEach(() => {
    for (const [name, value] of former) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('takes the addresses that the test runner set, and starts nothing then', async () => {
    process.env.ENGINES_DIR = '/nowhere'; // a start would fail
    process.env.TEST_KAFKA_BROKERS = 'one:1,two:2';
    process.env.TEST_POSTGRES_URL = 'postgres://set';
    process.env.TEST_MONGO_URL = 'mongodb://set';
    process.env.TEST_REDIS_URL = 'redis://set';
    assert.deepEqual(await engineAddresses(), {
      kafkaBrokers: ['one:1', 'two:2'],
      postgresUrl: 'postgres://set',
      mongoUrl: 'mongodb://set',
      redisUrl: 'redis://set',
    });
    assert.deepEqual(await engineAddresses(['redis']), { redisUrl: 'redis://set' });
  });

  it('gives each test a database of its own and drops it though somebody is connected', async () => {
    process.env.TEST_POSTGRES_URL = set.addresses.postgresUrl;
    const [one, other] = [await createTestDatabase(), await createTestDatabase()];
    assert.notEqual(one.url, other.url);
    const client = new pg.Client({ connectionString: one.url });
    client.on('error', () => {});
    await client.connect();
    await client.query('create table only_here (id int)');
    await one.drop();
    await other.drop();
    await assert.rejects(new pg.Client({ connectionString: one.url }).connect(), { code: '3D000' });
  });

  it('gives names and ports that nobody else has', async () => {
    assert.match(uniqueName('topic'), /^topic-[0-9a-f]{12}$/);
    assert.notEqual(uniqueName('topic'), uniqueName('topic'));
    const port = await freePort();
    assert.ok(port < 32_768);
    assert.notEqual(port, Number(new URL(set.addresses.postgresUrl).port));
  });
});
