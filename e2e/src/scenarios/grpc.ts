import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductReaderClient } from '@tributary/proto/gen/products/v1/reader.ts';
import { ProductWriterClient, Wait } from '@tributary/proto/gen/products/v1/writer.ts';
import { callUnary, grpcErrorCode } from '@tributary/service';
import { service as healthService } from 'grpc-health-check';
import type { System } from '../system.ts';

const kettle = { name: 'Tea kettle', description: 'Boils a litre.', price: '19.99' };

/** The reflection service as its own contract defines it, so that the client is not the project's. */
function reflectionClient(address: string): grpc.Client {
  const contract = new URL('../proto/grpc/reflection/v1/reflection.proto', import.meta.resolve('@grpc/reflection'));
  const definition: PackageDefinition = loadSync(fileURLToPath(contract));
  const loaded = grpc.loadPackageDefinition(definition) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: grpc.ServiceClientConstructor } } };
  };
  return new loaded.grpc.reflection.v1.ServerReflection(address, grpc.credentials.createInsecure());
}

async function listedServices(address: string): Promise<string[]> {
  const client = reflectionClient(address) as grpc.Client & {
    serverReflectionInfo(): grpc.ClientDuplexStream<object, object>;
  };
  const stream = client.serverReflectionInfo();
  const answer = new Promise<{ listServicesResponse: { service: { name: string }[] } }>((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject);
  });
  stream.write({ listServices: '' });
  const names = (await answer).listServicesResponse.service.map(({ name }) => name);
  stream.end();
  client.close();
  return names;
}

async function healthOf(address: string, service: string): Promise<unknown> {
  const Health = grpc.makeClientConstructor(healthService as grpc.ServiceDefinition, 'Health');
  const client = new Health(address, grpc.credentials.createInsecure());
  const answer = await new Promise<{ status: unknown }>((resolve, reject) => {
    client.check?.({ service }, (error: Error | null, response: { status: unknown }) =>
      error ? reject(error) : resolve(response),
    );
  });
  client.close();
  return answer.status;
}

export function grpcScenarios({ grpc: addresses }: System): void {
  assert(addresses, 'this stack opens its gRPC servers');
  const [writer] = addresses.writers as [string];
  const [reader] = addresses.readers as [string];

  test('both services are healthy and describe themselves', async () => {
    for (const [address, service] of [
      [writer, 'products.v1.ProductWriter'],
      [reader, 'products.v1.ProductReader'],
    ] as const) {
      assert((await listedServices(address)).includes(service));
      assert.equal(await healthOf(address, service), 'SERVING');
    }
  });

  test('a command over gRPC goes the same way as any other', async () => {
    const client = new ProductWriterClient(writer, grpc.credentials.createInsecure());
    const products = new ProductReaderClient(reader, grpc.credentials.createInsecure());
    const request = { caller: 'e2e', wait: Wait.WAIT_OUTCOME, body: { $case: 'create', value: kettle } as const };
    const executed = await callUnary(client, client.executeCommand, request, { deadlineMs: 10_000 });
    assert.equal(executed.command?.state, CommandState.COMMAND_STATE_COMMITTED);
    const read = await callUnary(
      products,
      products.getProduct,
      { id: executed.productId, minVersion: 1n, waitMs: 5_000 },
      { deadlineMs: 10_000 },
    );
    assert.deepEqual([read.product?.name, read.product?.price, read.product?.version], ['Tea kettle', '19.99', 1n]);
    const strong = await callUnary(client, client.getProduct, { id: executed.productId }, { deadlineMs: 5_000 });
    assert.deepEqual(strong.product, read.product);
    client.close();
    products.close();
  });

  test('malformed input is refused with a stable code', async () => {
    const client = new ProductWriterClient(writer, grpc.credentials.createInsecure());
    const request = {
      caller: 'e2e',
      wait: Wait.WAIT_NONE,
      body: { $case: 'create', value: { ...kettle, price: '-1' } } as const,
    };
    await assert.rejects(
      callUnary(client, client.executeCommand, request, { deadlineMs: 5_000 }),
      (error: grpc.ServiceError) => {
        assert.deepEqual([error.code, grpcErrorCode(error)], [grpc.status.INVALID_ARGUMENT, 'BAD_USER_INPUT']);
        return true;
      },
    );
    client.close();
  });
}
