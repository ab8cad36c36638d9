import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { ProductWriterClient } from '@tributary/proto/gen/products/v1/writer.ts';
import { grpcErrorCode, silentLogger } from '@tributary/service';
import { openPglite } from '../database/pglite.ts';
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
