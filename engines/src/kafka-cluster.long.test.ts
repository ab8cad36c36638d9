import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { type EngineHandle, type EngineSet, startEngines } from './index.ts';
import { isFree } from './ports.ts';

const TOPIC = 'copies';
const RETRY_EVERY_MS = 100;
const DEADLINE_MS = 30_000;

describe('three brokers', { timeout: 180_000 }, () => {
  let set: EngineSet<'kafka'>;
  let folder: string;
  let sent = 0;

  before(async () => {
    set = await startEngines(['kafka'], {
      kafkaBrokers: 3,
      env: { ...process.env, ENGINES_DOCKER: 'auto' },
      report: () => {},
    });
    folder = dirname(dirname(set.engines.kafka.logFile as string));
    // Neither the number of copies nor how many must acknowledge is said: both are the brokers' default.
    const topics = [{ topic: TOPIC, numPartitions: 1, replicationFactor: -1 }];
    await withAdmin((admin) => admin.createTopics({ topics, waitForLeaders: true }));
  });
  after(() => set?.stop());

  it('are one cluster, in which each topic has three copies, of which two must acknowledge', async () => {
    assert.equal(new Set(set.addresses.kafkaBrokers).size, 3);
    assert.deepEqual(
      set.brokers.map(({ address }) => address),
      set.addresses.kafkaBrokers,
    );
    assert.equal(set.engines.kafka.address, set.addresses.kafkaBrokers.join(','));
    const { brokers } = await withAdmin((admin) => admin.describeCluster());
    assert.deepEqual(
      brokers.map(({ nodeId, host, port }) => `${nodeId} ${host}:${port}`).sort(),
      set.addresses.kafkaBrokers.map((address, index) => `${index + 1} ${address}`),
    );
    await untilInSync(3);
    const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name: TOPIC, configNames: ['min.insync.replicas'] };
    const { resources } = await withAdmin((admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [topic] }),
    );
    assert.equal(resources[0]?.configEntries[0]?.configValue, '2');
  });

  it('take records while the leader is dead, which comes back in sync', async () => {
    await publish();
    const leader = await leaderOf();
    const before = await leader.pid();
    await leader.kill();
    assert.ok(await isFree(leader.port));
    await publish();
    await untilInSync(2);
    assert.notEqual(await leaderOf(), leader);
    await leader.restart();
    assert.notEqual(await leader.pid(), before);
    await untilInSync(3);
  });

  it('take records while the leader is frozen, which is in sync again when it has thawed', async () => {
    const leader = await leaderOf();
    await leader.freeze();
    await untilInSync(2);
    await publish();
    await leader.thaw();
    await untilInSync(3);
  });

  it('come back together with all that they acknowledged', async () => {
    await set.engines.kafka.kill();
    for (const broker of set.brokers) assert.equal(await broker.pid(), undefined);
    await set.engines.kafka.restart();
    await untilInSync(3);
    const [partition] = await eventually(() => withAdmin((admin) => admin.fetchTopicOffsets(TOPIC)));
    assert.ok(Number(partition?.high) >= sent, `${partition?.high} of ${sent}`);
  });

  it('end together, dead, frozen or not', async () => {
    const [dead, frozen] = set.brokers as [EngineHandle, EngineHandle, EngineHandle];
    await Promise.all([dead.kill(), frozen.freeze()]);
    await set.stop();
    for (const broker of set.brokers) {
      assert.equal(await broker.pid(), undefined);
      assert.ok(await isFree(broker.port));
      await assert.rejects(broker.restart(), { code: 'STOPPED' });
    }
    assert.equal(existsSync(folder), false);
  });

  /** A client for one attempt: kafkajs goes on asking a frozen broker, and only that, while it is connected to no other. */
  function client(): kafkajs.Kafka {
    return new kafkajs.Kafka({
      brokers: set.addresses.kafkaBrokers,
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 100 }, // one for each broker to try
    });
  }

  async function withAdmin<T>(work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    const admin = client().admin();
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** Sends until it is acknowledged; the topic may then hold it more than once. */
  async function publish(): Promise<void> {
    await eventually(async () => {
      const producer = client().producer({ idempotent: false });
      try {
        await producer.connect();
        await producer.send({ topic: TOPIC, acks: -1, timeout: 1_500, messages: [{ key: 'key', value: 'value' }] });
      } finally {
        await producer.disconnect();
      }
    });
    sent += 1;
  }

  async function partition(): Promise<kafkajs.PartitionMetadata> {
    const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [TOPIC] }));
    return topics[0]?.partitions[0] as kafkajs.PartitionMetadata;
  }

  async function leaderOf(): Promise<EngineHandle> {
    return set.brokers[(await eventually(partition)).leader - 1] as EngineHandle;
  }

  async function untilInSync(count: number): Promise<void> {
    await eventually(async () => assert.equal((await partition()).isr.length, count));
  }

  /** Tries until it succeeds: brokers that are away or elect a leader refuse for a while. */
  async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
    for (const deadline = Date.now() + DEADLINE_MS; ; await delay(RETRY_EVERY_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }
});
