import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { engineAddresses, uniqueName } from '@tributary/engines';
import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { type GetProductRequest, ProductReaderClient } from '@tributary/proto/gen/products/v1/reader.ts';
import { callUnary, readinessOf, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { MongoClient } from 'mongodb';
import { Registry } from 'prom-client';
import { createProjector } from '../projector.ts';
import { createReader } from '../reader.ts';
import { givenWriter } from '../testing/given-writer.ts';
import { operate, rebuildUnderLoad } from '../testing/under-load.ts';
import { createWriteSide } from '../testing/write-side.ts';
import { createRedisCache } from './cache/index.ts';
import { createProductChanges } from './changes.ts';
import type { GenerationsTold, RebuiltTold } from './operations.ts';
import { createMongoReadModel } from './read-model/index.ts';

const { kafkaBrokers, mongoUrl, redisUrl } = await engineAddresses(['kafka', 'mongo', 'redis']);
const logger = silentLogger();
const { signal } = new AbortController();
const name = uniqueName('rebuild');
const topics = { events: `${name}.events`, deadLetters: `${name}.dlq` };
const HOUR_MS = 3_600_000;

const openLog = () =>
  openKafkaEventLog({
    config: { KAFKA_BROKERS: kafkaBrokers, KAFKA_REPLICATION_FACTOR: 1, KAFKA_MIN_INSYNC_REPLICAS: 1 },
    clientId: name,
    topics: [
      { name: topics.events, partitions: 6, retentionMs: HOUR_MS },
      { name: topics.deadLetters, partitions: 1, retentionMs: HOUR_MS },
    ],
    logger,
    signal,
  });

/** A projector and a reader that share nothing with another replica but the engines. */
async function startReplica(writerAddress: string) {
  const log = await openLog();
  const readModel = createMongoReadModel({ url: mongoUrl, database: name, logger });
  const cache = createRedisCache({ url: redisUrl, keyPrefix: `${name}:`, logger });
  const shared = { readModel, cache, changes: createProductChanges(), logger, registry: new Registry() };
  const writerAddresses = [writerAddress];
  const projector = createProjector({ ...shared, log, topics, group: name, writerAddresses, signal });
  const reader = await createReader({ ...shared, host: '127.0.0.1', grpcPort: 0 });
  const client = new ProductReaderClient(`127.0.0.1:${reader.grpcPort}`, grpc.credentials.createInsecure());
  return {
    projector,
    getProduct: (request: GetProductRequest) => callUnary(client, client.getProduct, request, { deadlineMs: 20_000 }),
    async stop() {
      client.close();
      await reader.stop();
      await projector.stop();
      await cache.close();
      await readModel.close();
      await log.close();
    },
  };
}

test('on the real engines, rebuilt and switched to and fro under load, no read of any replica goes back', async (t) => {
  const writer = await givenWriter();
  const publisher = await openLog();
  const writeSide = createWriteSide((events) =>
    publisher.publish(
      topics.events,
      events.map((event) => ({ key: event.productId, value: ProductEvent.encode(event).finish(), headers: {} })),
      { deadlineMs: 20_000 },
    ),
  );
  writer.items = () => writeSide.items();
  const ids = await Promise.all(Array.from({ length: 200 }, () => writeSide.change()));
  const replicas = await Promise.all([startReplica(writer.address), startReplica(writer.address)]);
  t.after(async () => {
    for (const { stop } of replicas) await stop();
    await publisher.close();
    await writer.stop();
    const client = new MongoClient(mongoUrl);
    await client.db(name).dropDatabase();
    await client.close();
  });
  const projectors = replicas.map(({ projector }) => projector);
  for (const { checks } of projectors)
    await until('it is ready', async () => (await readinessOf(checks)).ready, 60_000);

  const told = await rebuildUnderLoad({ projectors, readers: replicas, writeSide, ids, cacheLagMs: 2_000 });
  for (const { agrees, examples } of told) assert.equal(agrees, true, JSON.stringify(examples));
  assert.equal((await operate<GenerationsTold>(projectors[0], 'status')).switches, 5);

  const verified = await operate<RebuiltTold>(projectors[1], 'verify');
  assert.deepEqual([verified.agrees, verified.settled], [true, 0]);
  for (const { left, right } of [verified.products, verified.tombstones, verified.outcomes])
    assert.deepEqual(left, right);
  const deleted = [...writeSide.states.values()].filter((state) => state.deleted).length;
  assert.deepEqual(
    [verified.products.left.count, verified.tombstones.left.count, verified.outcomes.left.count],
    [writeSide.states.size - deleted, deleted, writeSide.outcomes.size],
  );
});
