import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { type EngineName, type EngineSet, engineNames, startEngines } from './index.ts';
import { isFree } from './ports.ts';

describe('startEngines', { timeout: 120_000 }, () => {
  let set: EngineSet<EngineName>;
  const env = { ...process.env, ENGINES_DOCKER: 'never' };

  before(async () => {
    set = await startEngines(engineNames, { env, report: () => {} });
  });
  after(() => set?.stop());

  it('gives addresses under which real clients work', async () => {
    const topic = 'a-topic';
    const client = new kafkajs.Kafka({ brokers: set.addresses.kafkaBrokers, logLevel: kafkajs.logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    assert.equal((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length, 2);
    await admin.disconnect();

    assert.deepEqual(await query("select current_setting('fsync') || current_setting('synchronous_commit') as safe"), [
      { safe: 'onon' },
    ]);

    const redis = new Redis(set.addresses.redisUrl);
    assert.equal(await redis.set('key', 'value'), 'OK');
    redis.disconnect();

    const mongo = new MongoClient(set.addresses.mongoUrl);
    const documents = mongo.db('test').collection<{ _id: string; version: number }>('documents');
    await documents.insertOne({ _id: 'one', version: 1 });
    const races = Array.from({ length: 10 }, () =>
      documents.updateOne({ _id: 'one', version: 1 }, { $set: { version: 2 } }),
    );
    const changed = (await Promise.all(races)).reduce((sum, { modifiedCount }) => sum + modifiedCount, 0);
    assert.equal(changed, 1);
    await mongo.close();
  });

  it('stops the engines and deletes their data', async () => {
    const own = await startEngines(['redis'], { env, report: () => {} });
    const folder = dirname(dirname(own.engines.redis.logFile as string));
    assert.ok(existsSync(folder));
    await own.stop();
    await own.stop();
    assert.equal(existsSync(folder), false);
    assert.equal(await own.engines.redis.pid(), undefined);
  });

  it('leaves nothing behind, restarted engines neither, when whoever started them was killed', async () => {
    const script = `import { startEngines } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const { addresses, engines } = await startEngines(['redis', 'postgres'], { report() {} });
      await engines.redis.kill();
      await engines.redis.restart();
      console.log(JSON.stringify({ ...addresses, logFile: engines.redis.logFile }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { postgresUrl, redisUrl, logFile } = JSON.parse(line.toString()) as Record<string, string>;
    assert.deepEqual(await query('select 1 as one', postgresUrl), [{ one: 1 }]);
    child.kill('SIGKILL');
    const deadline = Date.now() + 10_000;
    while (existsSync(dirname(dirname(logFile as string)))) {
      assert.ok(Date.now() < deadline, 'the folder is still there');
      await delay(20);
    }
    for (const url of [postgresUrl, redisUrl]) assert.ok(await isFree(Number(new URL(url as string).port)));
  });

  it('cleans up after a start that failed', async () => {
    const taken = set.engines.redis.port;
    await assert.rejects(startEngines(['redis'], { env, ports: { redis: taken }, report: () => {} }), {
      code: 'PORT_TAKEN',
    });
    assert.notEqual(await set.engines.redis.pid(), undefined);
  });

  async function query(text: string, connectionString = set.addresses.postgresUrl): Promise<unknown[]> {
    const client = new pg.Client({ connectionString });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
});
