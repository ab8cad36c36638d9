import * as grpc from '@grpc/grpc-js';
import {
  type ExportedItem,
  type ExportProductsResponse,
  ProductWriterClient,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { clientOptions, grpcTarget } from '@tributary/service';
import type { Changes, CommandOutcome, ProductState } from './read-model/read-model.ts';

export interface ProductExport {
  /** Everything the write side has, as of a moment after the call, in parts: products in the order of their ids, then outcomes. Rejects when the stream breaks or stands still. */
  read(signal: AbortSignal): AsyncGenerator<Changes>;
  close(): void;
}

/** The write side cannot be exported, or no longer. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly code = 'EXPORT_FAILED';
}

const STANDSTILL_MS = 30_000;

/** @param addresses where writers answer gRPC, host:port; one that answers is enough */
export function createProductExport(addresses: readonly string[]): ProductExport {
  const client = new ProductWriterClient(grpcTarget(addresses), grpc.credentials.createInsecure(), clientOptions);
  return {
    async *read(signal) {
      const call = client.exportProducts({});
      const standstill = setTimeout(() => call.cancel(), STANDSTILL_MS);
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel);
      try {
        signal.throwIfAborted();
        for await (const { items } of call as AsyncIterable<ExportProductsResponse>) {
          standstill.refresh();
          yield changesOf(items);
        }
      } catch (error) {
        signal.throwIfAborted();
        const { details, message } = error as grpc.ServiceError;
        throw new ExportError(`the export of the write side broke: ${details || message}`, { cause: error });
      } finally {
        clearTimeout(standstill);
        signal.removeEventListener('abort', cancel);
        call.cancel();
      }
    },
    close: () => client.close(),
  };
}

function changesOf(items: readonly ExportedItem[]): Changes {
  const products: ProductState[] = [];
  const outcomes: CommandOutcome[] = [];
  for (const { item } of items) {
    if (item?.$case === 'product') products.push({ product: item.value, deleted: false });
    if (item?.$case === 'tombstone') products.push({ product: item.value, deleted: true });
    if (item?.$case === 'outcome' && item.value.status)
      outcomes.push({ status: item.value.status, decidedAtMs: Number(item.value.decidedAtMs) });
  }
  return { products, outcomes };
}
