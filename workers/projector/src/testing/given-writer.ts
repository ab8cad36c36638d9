import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import {
  type ExportedItem,
  type ProductWriterServer,
  ProductWriterService,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { createGrpcServer, grpcFailure, silentLogger } from '@tributary/service';

/** The write side in a test's hands: a real gRPC server that exports what the test says. */
export interface FakeWriter {
  address: string;
  /** What an export streams; a generator that throws breaks the stream. */
  items: () => AsyncIterable<ExportedItem> | Iterable<ExportedItem>;
  exports: number;
  stop(): Promise<void>;
}

export async function givenWriter(): Promise<FakeWriter> {
  const notMeant = <T>(_: ServerUnaryCall<unknown, T>, callback: sendUnaryData<T>) =>
    callback(grpcFailure(status.UNIMPLEMENTED, 'NOT_MEANT', 'the test did not mean this'));
  const implementation: ProductWriterServer = {
    executeCommand: notMeant,
    getProduct: notMeant,
    getCommand: notMeant,
    async exportProducts(call) {
      writer.exports += 1;
      try {
        for await (const item of writer.items()) call.write({ items: [item] });
        call.end();
      } catch {
        call.emit('error', grpcFailure(status.UNAVAILABLE, 'EXPORT_FAILED', 'broken'));
      }
    },
  };
  const server = await createGrpcServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    name: 'products.v1.ProductWriter',
    definition: ProductWriterService,
    implementation,
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/writer.proto' },
  });
  const writer: FakeWriter = {
    address: `127.0.0.1:${server.port}`,
    items: () => [],
    exports: 0,
    stop: () => server.stop(),
  };
  return writer;
}
