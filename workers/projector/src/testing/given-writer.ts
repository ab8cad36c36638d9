import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import {
  type ExportedItem,
  type ProductWriterServer,
  ProductWriterService,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { createGrpcServer, grpcFailure, silentLogger } from '@tributary/service';

const ITEMS_AT_ONCE = 500;

/** The write side in a test's hands: a real gRPC server that exports what the test says. */
export interface FakeWriter {
  address: string;
  /** What an export streams: a list in large messages, what a generator gives one by one. One that throws breaks the stream. */
  items: () => AsyncIterable<ExportedItem> | ExportedItem[];
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
        const items = writer.items();
        if (Array.isArray(items)) {
          for (let from = 0; from < items.length; from += ITEMS_AT_ONCE)
            call.write({ items: items.slice(from, from + ITEMS_AT_ONCE) });
        } else for await (const item of items) call.write({ items: [item] });
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
