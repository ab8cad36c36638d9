import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import {
  type ExportedItem,
  ExportProductsResponse,
  ProductWriterClient,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { grpcErrorCode, silentLogger } from '@tributary/service';
import { openPglite } from '../database/pglite.ts';
import { messagesOf } from './export.ts';
import { createWriterGrpcServer } from './server.ts';

test('an export that breaks ends with a failure, at once and without its reason', async (t) => {
  const database = await openPglite();
  const broken = {
    ...database,
    snapshot: () => {
      throw new Error('SELECT * FROM secrets');
    },
  };
  const server = await createWriterGrpcServer({
    database: broken,
    bus: {} as never,
    host: '127.0.0.1',
    port: 0,
    inboxRetentionMs: 60_000,
    nowMs: Date.now,
    logger: silentLogger(),
  });
  const client = new ProductWriterClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
  const call = client.exportProducts({}, new grpc.Metadata(), { deadline: Date.now() + 5_000 });
  t.after(async () => {
    client.close();
    await server.stop();
    await database.close();
  });
  await assert.rejects(
    async () => {
      for await (const _ of call) assert.fail('nothing is exported');
    },
    (error) => {
      assert.equal(grpcErrorCode(error), 'EXPORT_FAILED');
      assert.equal((error as grpc.ServiceError).code, grpc.status.UNAVAILABLE);
      assert.doesNotMatch((error as Error).message, /secrets/);
      return true;
    },
  );
});

test('the messages of an export hold all items in their order, and are no larger than they may be', () => {
  const product = { version: 1n, price: '1', createdAtMs: 1n, updatedAtMs: 1n };
  const items: ExportedItem[] = Array.from({ length: 300 }, (_, n) => ({
    item: {
      $case: 'product',
      value: { ...product, id: `product ${n}`, name: '\u{1f600}'.repeat(n % 250), description: 'ℓ'.repeat(n * 16) },
    },
  }));
  const messages = messagesOf(items, 64 * 1024);
  assert.deepEqual(messages.flat(), items);
  assert(messages.length < items.length / 2, 'several items share a message');
  for (const message of messages)
    assert(ExportProductsResponse.encode({ items: message }).finish().length <= 64 * 1024);
  assert.deepEqual(messagesOf([]), []);
});
