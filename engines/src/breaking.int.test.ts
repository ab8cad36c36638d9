import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { engineOf } from './home.ts';
import { type EngineHandle, type EngineName, type EngineSet, engineNames, startEngines } from './index.ts';
import { isFree } from './ports.ts';
import { isAlive, processRef } from './processes.ts';

/** How long a frozen engine must not answer; all of them answer within a tenth of it. */
const SILENCE_MS = 400;

describe('breaking private engines', { timeout: 120_000 }, () => {
  let set: EngineSet<EngineName>;
  const env = { ...process.env, ENGINES_DOCKER: 'never' };

  before(async () => {
    set = await startEngines(engineNames, { env, report: () => {} });
  });
  after(() => set?.stop());

  it('brings a killed broker back with every record that it acknowledged', async () => {
    const client = new kafkajs.Kafka({ brokers: set.addresses.kafkaBrokers, logLevel: kafkajs.logLevel.NOTHING });
    const [admin, producer, consumer] = [client.admin(), client.producer(), client.consumer({ groupId: 'readers' })];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: true });
    const sent = Array.from({ length: 50 }, (_, n) => `record ${n}`);
    for (const value of sent) await producer.send({ topic: 'kept', acks: -1, messages: [{ key: 'a', value }] });
    await Promise.all([admin.disconnect(), producer.disconnect(), killAndRestart(set.engines.kafka)]);

    const read: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic: 'kept', fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      const eachMessage = async ({ message }: kafkajs.EachMessagePayload) => {
        if (read.push(String(message.value)) === sent.length) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    assert.deepEqual(read, sent);
  });

  it('brings killed PostgreSQL back with what was committed and nothing else', async () => {
    await query('create table kept (id int)');
    await query('insert into kept values (1)');
    const open = new pg.Client({ connectionString: set.addresses.postgresUrl });
    open.on('error', () => {}); // its connection is to break
    await open.connect();
    await open.query('begin');
    await open.query('insert into kept values (2)');
    const { rows } = await open.query('select pg_backend_pid() as pid');
    const connection = await processRef(rows[0].pid);
    assert.ok(await isAlive(connection));
    await set.engines.postgres.freeze(); // else a connection's process ends by itself when the server has
    await killAndRestart(set.engines.postgres, async () => assert.equal(await isAlive(connection), false));
    assert.deepEqual(await query('select id from kept'), [{ id: 1 }]);
  });

  it('brings killed Redis and the killed stand-in for MongoDB back, empty', async () => {
    const redis = () => withRedis(async (client) => [await client.get('key'), await client.set('key', 'value')]);
    const mongo = () =>
      withMongo(async (client) => {
        const documents = client.db('test').collection<{ _id: string }>('documents');
        const before = await documents.countDocuments();
        await documents.insertOne({ _id: 'one' });
        return before;
      });
    assert.deepEqual([await redis(), await mongo()], [[null, 'OK'], 0]);
    await killAndRestart(set.engines.redis);
    await killAndRestart(set.engines.mongo);
    assert.deepEqual([await redis(), await mongo()], [[null, 'OK'], 0]);
  });

  for (const name of engineNames)
    it(`freezes ${name}, which answers again when it has thawed`, async () => {
      const { pid, port, freeze, thaw } = set.engines[name];
      const before = await pid();
      await freeze();
      const answer = engineOf(name).whoAnswers(port);
      answer.catch(() => {}); // its time may run out on a busy machine
      const first = await Promise.race([answer, delay(SILENCE_MS, 'silence')]);
      await thaw();
      assert.equal(first, 'silence');
      const deadline = Date.now() + 10_000;
      while (
        !(await engineOf(name)
          .whoAnswers(port)
          .catch(() => false))
      )
        assert.ok(Date.now() < deadline);
      assert.equal(await pid(), before);
    });

  it('freezes the connections of PostgreSQL, which have processes of their own', async () => {
    const client = new pg.Client({ connectionString: set.addresses.postgresUrl });
    await client.connect();
    await set.engines.postgres.freeze();
    const answer = client.query('select 1 as one');
    const first = await Promise.race([answer, delay(SILENCE_MS, 'silence')]);
    await set.engines.postgres.thaw();
    assert.equal(first, 'silence');
    assert.deepEqual((await answer).rows, [{ one: 1 }]);
    await client.end();
  });

  it('restarts a frozen engine and one that runs', async () => {
    const { redis } = set.engines;
    const pids = [await redis.pid()];
    for (const prepare of [redis.freeze, async () => {}]) {
      await prepare();
      await inGoodOrder(redis.restart);
      assert.equal(await withRedis((client) => client.ping()), 'PONG');
      pids.push(await redis.pid());
    }
    assert.equal(new Set(pids).size, 3);
  });

  it('ends frozen and killed engines with the set, and starts none of them again', async () => {
    const own = await startEngines(['redis', 'postgres'], { env, report: () => {} });
    const { redis, postgres } = own.engines;
    const folder = dirname(dirname(redis.logFile as string));
    const pid = (await postgres.pid()) as number;
    await Promise.all([redis.kill(), postgres.freeze()]);
    await inGoodOrder(own.stop);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    for (const { restart } of [redis, postgres]) await assert.rejects(restart(), { code: 'STOPPED' });
    assert.equal(existsSync(folder), false);
    for (const { port } of [redis, postgres]) assert.ok(await isFree(port));
  });

  /** Verifies that nothing is left of the killed engine and that another process answers in its place. */
  async function killAndRestart(engine: EngineHandle, whenKilled = async () => {}): Promise<void> {
    const { name, port } = engine;
    const before = await engine.pid();
    await engine.kill();
    assert.equal(await engine.pid(), undefined);
    assert.ok(await isFree(port));
    await whenKilled();
    await engine.restart();
    assert.notEqual(await engine.pid(), before);
    assert.ok(await engineOf(name).whoAnswers(port));
  }

  /** An engine that does not follow the signal to stop is killed after 20 s only. */
  async function inGoodOrder(work: () => Promise<void>): Promise<void> {
    const started = Date.now();
    await work();
    assert.ok(Date.now() - started < 15_000);
  }

  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: set.addresses.postgresUrl });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function withRedis<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(set.addresses.redisUrl);
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  async function withMongo<T>(work: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = new MongoClient(set.addresses.mongoUrl);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }
});
