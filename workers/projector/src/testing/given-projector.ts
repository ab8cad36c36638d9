import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import {
  type BatchGetProductsRequest,
  type GetCommandRequest,
  type GetProductRequest,
  ProductReaderClient,
  type SearchProductsRequest,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { callUnary, silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { createMemoryCache } from '../product/cache/index.ts';
import { createProductChanges } from '../product/changes.ts';
import { createSqliteReadModel, type ReadModel } from '../product/read-model/index.ts';
import { createProjector, type Projector } from '../projector.ts';
import { createReader, type ReaderOptions } from '../reader.ts';
import { givenWriter } from './given-writer.ts';

export const EVENTS = 'events';
const DEAD_LETTERS = 'events.dlq';
const CALL = { deadlineMs: 15_000 };

/** The embedded stores, a write side in the test's hands, and what is started over them. */
export async function givenStores() {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-projector-'));
  const logger = silentLogger();
  const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
  await log.ensureTopics([
    { name: EVENTS, partitions: 3, retentionMs: 3_600_000 },
    { name: DEAD_LETTERS, partitions: 1, retentionMs: 3_600_000 },
  ]);
  const writer = await givenWriter();
  const cache = createMemoryCache();
  const started: { stop(): Promise<unknown> }[] = [];
  let models = 0;
  const newModel = () => createSqliteReadModel({ file: join(folder, `read-model-${models++}.sqlite`) });
  let model = newModel();
  // Whatever a test does not define itself goes to the model of now: a store that lost its data is another model.
  const readModel = new Proxy({} as ReadModel, {
    get: (own, method: keyof ReadModel) => own[method] ?? model[method].bind(model),
  });
  const changes = createProductChanges();
  const shared = { readModel, cache, changes, logger };

  return {
    log,
    writer,
    cache,
    readModel,
    /** The store of the read model comes back with nothing in it. */
    async loseReadModel() {
      const lost = model;
      model = newModel();
      await lost.close();
    },
    publish(events: readonly ProductEvent[]) {
      const records = events.map((event) => ({
        key: event.productId,
        value: ProductEvent.encode(event).finish(),
        headers: {},
      }));
      return log.publish(EVENTS, records, { deadlineMs: 1_000 });
    },
    publishRaw: (value: Buffer, key: string) =>
      log.publish(EVENTS, [{ key, value, headers: {} }], { deadlineMs: 1_000 }),
    async deadLetters(): Promise<number> {
      return Number((await log.offsets(DEAD_LETTERS)).get(0)?.end);
    },
    project(): Projector {
      const projector = createProjector({
        ...shared,
        log,
        writerAddresses: [writer.address],
        topics: { events: EVENTS, deadLetters: DEAD_LETTERS },
        registry: new Registry(),
        signal: new AbortController().signal,
      });
      started.push(projector);
      return projector;
    },
    async read(options: Partial<ReaderOptions> = {}) {
      const reader = await createReader({
        ...shared,
        host: '127.0.0.1',
        grpcPort: 0,
        registry: new Registry(),
        ...options,
      });
      const client = new ProductReaderClient(`127.0.0.1:${reader.grpcPort}`, grpc.credentials.createInsecure());
      started.push(reader, { stop: async () => client.close() });
      return {
        getProduct: (request: GetProductRequest) => callUnary(client, client.getProduct, request, CALL),
        batchGetProducts: (request: BatchGetProductsRequest) =>
          callUnary(client, client.batchGetProducts, request, CALL),
        searchProducts: (request: SearchProductsRequest) => callUnary(client, client.searchProducts, request, CALL),
        getCommand: (request: GetCommandRequest) => callUnary(client, client.getCommand, request, CALL),
      };
    },
    async stop() {
      for (let part = started.pop(); part; part = started.pop()) await part.stop();
      await writer.stop();
      await log.close();
      await model.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
