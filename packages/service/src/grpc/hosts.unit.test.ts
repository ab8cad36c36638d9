import assert from 'node:assert/strict';
import dns from 'node:dns';
import { after, mock, type TestContext, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import {
  type GetCommandRequest,
  type GetCommandResponse,
  ProductReaderClient,
  ProductReaderService,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { silentLogger } from '../logger.ts';
import { until } from '../testing/until.ts';
import { callUnary, clientOptions, grpcTarget } from './client.ts';
import { grpcFailure } from './errors.ts';
import { createGrpcServer, unary } from './server.ts';

const logger = silentLogger();

/** The port of a server that counts its calls under a name. */
async function countingServer(name: string): Promise<number> {
  const unimplemented = unary(logger, () => Promise.reject(grpcFailure(grpc.status.UNIMPLEMENTED, 'NO', 'no')));
  const server = await createGrpcServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    name: 'products.v1.ProductReader',
    definition: ProductReaderService,
    implementation: {
      getProduct: unimplemented,
      batchGetProducts: unimplemented,
      searchProducts: unimplemented,
      getCommand: unary<GetCommandRequest, GetCommandResponse>(logger, async () => {
        calls.add(name);
        return {};
      }),
    },
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/reader.proto' },
  });
  after(() => server.stop());
  return server.port;
}

const calls = new Set<string>();
const first = await countingServer('first');
const second = await countingServer('second');

/** Names that the resolver knows; each is this machine. */
const known = new Set<string>();
const lookups: string[] = [];
mock.method(dns.promises, 'lookup', async (name: string) => {
  lookups.push(name);
  if (!known.has(name)) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
  return [{ address: '127.0.0.1', family: 4 }];
});
mock.method(dns.promises, 'resolveTxt', () => Promise.reject(new Error('no record')));

/** Asks whoever answers for the addresses. */
function asking(t: TestContext, ...addresses: string[]) {
  const client = new ProductReaderClient(grpcTarget(addresses), grpc.credentials.createInsecure(), clientOptions);
  t.after(() => client.close());
  calls.clear();
  return () => callUnary(client, client.getCommand, { commandId: 'x' }, { deadlineMs: 5_000 });
}

async function reachesBoth(ask: () => Promise<unknown>): Promise<boolean> {
  await ask();
  return calls.size === 2;
}

test('calls are shared over replicas that are told by name, by address or both', async (t) => {
  for (const name of ['writer-1', 'writer-2']) known.add(name);
  for (const addresses of [
    [`writer-1:${first}`, `writer-2:${second}`],
    [`127.0.0.1:${first}`, `127.0.0.1:${second}`],
    [`127.0.0.1:${first}`, `writer-2:${second}`],
  ]) {
    const ask = asking(t, ...addresses);
    await until('both replicas answer', () => reachesBoth(ask));
  }
});

test('one replica by name is enough; another joins when its name can be resolved', async (t) => {
  known.add('writer-1').delete('writer-3');
  const ask = asking(t, `writer-1:${first}`, `writer-3:${second}`);
  await ask();
  assert.deepEqual([...calls], ['first']);
  const timesAsked = () => lookups.filter((name) => name === 'writer-3').length;
  await until('the missing name is asked for again and again', () => timesAsked() >= 4);
  known.add('writer-3');
  await until('both replicas answer', () => reachesBoth(ask));
});

test('while no name can be resolved a call is UNAVAILABLE', async (t) => {
  const ask = asking(t, 'nowhere-1:1', 'nowhere-2:1');
  await assert.rejects(ask(), { code: grpc.status.UNAVAILABLE });
});
