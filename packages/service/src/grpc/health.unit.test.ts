import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProductReaderService } from '@tributary/proto/gen/products/v1/reader.ts';
import { silentLogger } from '../logger.ts';
import { grpcFailure } from './errors.ts';
import { grpcHealthCheck } from './health.ts';
import { createGrpcServer, unary } from './server.ts';

const NAME = 'products.v1.ProductReader';

function serve() {
  const unused = unary(silentLogger(), () => Promise.reject(grpcFailure(12, 'NO', 'no')));
  return createGrpcServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    name: NAME,
    definition: ProductReaderService,
    implementation: { getProduct: unused, batchGetProducts: unused, searchProducts: unused, getCommand: unused },
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/reader.proto' },
  });
}

test('one replica that serves is enough; otherwise the check tells an idle service from one that is away', async () => {
  const [idle, serving] = [await serve(), await serve()];
  const addresses = [`127.0.0.1:${idle.port}`, `127.0.0.1:${serving.port}`];
  const health = grpcHealthCheck({ name: 'reader', addresses, service: NAME });
  assert.equal(health.name, 'reader');
  assert.equal(await health.check(), 'answers, but cannot do its job');
  serving.setServing(true);
  assert.equal(await health.check(), null);
  await serving.stop();
  assert.equal(await health.check(), 'answers, but cannot do its job');
  await idle.stop();
  assert.equal(await health.check(), 'does not answer');
  health.close();
});

test('a service that the server does not have is not there', async () => {
  const server = await serve();
  server.setServing(true);
  const health = grpcHealthCheck({ name: 'x', addresses: [`127.0.0.1:${server.port}`], service: 'another.Service' });
  assert.notEqual(await health.check(), null);
  health.close();
  await server.stop();
});
