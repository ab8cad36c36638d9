import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  type GetCommandRequest,
  type GetCommandResponse,
  ProductReaderClient,
  ProductReaderService,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { service as healthService } from 'grpc-health-check';
import { silentLogger } from '../logger.ts';
import type { TraceContext } from '../trace-context.ts';
import { callUnary, clientOptions, grpcTarget } from './client.ts';
import { grpcErrorCode, grpcFailure } from './errors.ts';
import { createGrpcServer, type GrpcCall, unary } from './server.ts';

const NAME = 'products.v1.ProductReader';
let handle: (request: GetCommandRequest, call: GrpcCall) => Promise<GetCommandResponse>;

const unimplemented = unary(silentLogger(), () => Promise.reject(grpcFailure(grpc.status.UNIMPLEMENTED, 'NO', 'no')));
const server = await createGrpcServer({
  host: '127.0.0.1',
  port: 0,
  logger: silentLogger(),
  name: NAME,
  definition: ProductReaderService,
  implementation: {
    getProduct: unimplemented,
    batchGetProducts: unimplemented,
    searchProducts: unimplemented,
    getCommand: unary<GetCommandRequest, GetCommandResponse>(silentLogger(), (request, call) => handle(request, call)),
  },
  proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/reader.proto' },
});
const target = grpcTarget([`127.0.0.1:${server.port}`]);
const client = new ProductReaderClient(target, grpc.credentials.createInsecure(), clientOptions);
after(async () => {
  client.close();
  await server.stop();
});

function ask(options: { trace?: TraceContext; deadlineMs?: number } = {}) {
  return callUnary(client, client.getCommand, { commandId: 'x' }, { deadlineMs: 1_000, ...options });
}

test('the trace context of the caller reaches the handler', async () => {
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
  let seen: TraceContext | undefined;
  handle = async (_, call) => {
    seen = call.trace;
    return {};
  };
  await ask({ trace });
  assert.deepEqual(seen, trace);
});

test('a failure carries its stable code; anything else is hidden', async () => {
  handle = () => Promise.reject(grpcFailure(grpc.status.FAILED_PRECONDITION, 'STALE_READ', 'not yet'));
  await assert.rejects(ask(), (error: grpc.ServiceError) => {
    assert.equal(error.code, grpc.status.FAILED_PRECONDITION);
    assert.equal(error.details, 'not yet');
    assert.equal(grpcErrorCode(error), 'STALE_READ');
    return true;
  });
  handle = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'));
  await assert.rejects(ask(), (error: grpc.ServiceError) => {
    assert.equal(error.code, grpc.status.INTERNAL);
    assert.equal(error.details, 'internal error');
    return true;
  });
});

test('a deadline ends the call and tells the handler', async () => {
  const told = Promise.withResolvers<void>();
  handle = (_, call) => {
    call.signal.addEventListener('abort', () => told.resolve());
    return new Promise(() => {});
  };
  await assert.rejects(
    ask({ deadlineMs: 50 }),
    (error: grpc.ServiceError) => error.code === grpc.status.DEADLINE_EXCEEDED,
  );
  await told.promise;
});

test('grpc.health.v1 follows whether the service can do its job', async () => {
  const Health = grpc.makeClientConstructor(healthService as grpc.ServiceDefinition, 'Health');
  const health = new Health(target, grpc.credentials.createInsecure());
  const check = () =>
    new Promise((resolve, reject) => {
      health.check?.({ service: NAME }, (error: Error | null, answer: { status: unknown }) =>
        error ? reject(error) : resolve(answer.status),
      );
    });
  assert.equal(await check(), 'NOT_SERVING');
  server.setServing(true);
  assert.equal(await check(), 'SERVING');
  health.close();
});

test('reflection lists the service', async () => {
  const contract = new URL('../proto/grpc/reflection/v1/reflection.proto', import.meta.resolve('@grpc/reflection'));
  const loaded = grpc.loadPackageDefinition(loadSync(fileURLToPath(contract))) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: grpc.ServiceClientConstructor } } };
  };
  const reflection = new loaded.grpc.reflection.v1.ServerReflection(target, grpc.credentials.createInsecure());
  const stream = reflection.serverReflectionInfo?.();
  const answer = new Promise<{ listServicesResponse: { service: { name: string }[] } }>((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject);
  });
  stream.write({ listServices: '' });
  const { listServicesResponse } = await answer;
  stream.end();
  reflection.close();
  assert(listServicesResponse.service.some((service) => service.name === NAME));
});
