import * as grpc from '@grpc/grpc-js';
import { commandIdTimeMs } from '@tributary/product';
import { type ExportProductsResponse, ProductWriterClient } from '@tributary/proto/gen/products/v1/writer.ts';
import { clientOptions, grpcTarget } from '@tributary/service';
import type { Changes, CommandOutcome, ProductState } from './read-model/read-model.ts';

export interface ProductExport {
  /** Everything the write side has, as of a moment after the call, in parts. Rejects when the stream breaks or stands still. */
  read(signal: AbortSignal): AsyncGenerator<Changes>;
  close(): void;
}

const ITEMS_AT_ONCE = 500;
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
        let part = emptyPart();
        for await (const item of call as AsyncIterable<ExportProductsResponse>) {
          standstill.refresh();
          add(part, item);
          if (part.products.length + part.outcomes.length < ITEMS_AT_ONCE) continue;
          yield part;
          part = emptyPart();
        }
        if (part.products.length + part.outcomes.length > 0) yield part;
      } finally {
        clearTimeout(standstill);
        signal.removeEventListener('abort', cancel);
        call.cancel();
      }
    },
    close: () => client.close(),
  };
}

interface Part {
  products: ProductState[];
  outcomes: CommandOutcome[];
}

function emptyPart(): Part {
  return { products: [], outcomes: [] };
}

function add(part: Part, { item }: ExportProductsResponse): void {
  if (item?.$case === 'product') part.products.push({ product: item.value, deleted: false });
  if (item?.$case === 'tombstone') part.products.push({ product: item.value, deleted: true });
  // An export does not say when a command was decided; that was soon after it was made, or its retention would not be kept.
  if (item?.$case === 'outcome')
    part.outcomes.push({ status: item.value, decidedAtMs: commandIdTimeMs(item.value.commandId) });
}
