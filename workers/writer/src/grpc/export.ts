import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import type { ExportProductsRequest, ExportProductsResponse } from '@tributary/proto/gen/products/v1/writer.ts';
import { grpcFailure, type Logger } from '@tributary/service';
import type { Database, Session } from '../database/database.ts';
import { statusOf } from '../product/outcome.ts';
import { sqlSession } from '../product/sql-store.ts';

const PAGE_ROWS = 500;

/** Streams the write model as of one moment, no faster than the reader takes it. */
export function exportProducts(
  database: Database,
  logger: Logger,
): grpc.handleServerStreamingCall<ExportProductsRequest, ExportProductsResponse> {
  return async (call) => {
    const abandoned = new AbortController();
    call.on('cancelled', () => abandoned.abort());
    call.on('error', () => abandoned.abort());
    try {
      for await (const item of database.snapshot(everything)) {
        if (abandoned.signal.aborted) return;
        if (!call.write(item)) await once(call, 'drain', { signal: abandoned.signal });
      }
      call.end();
    } catch (error) {
      if (abandoned.signal.aborted) return;
      logger.error({ err: error }, 'an export failed');
      // Not destroy(), after which grpc-js sends no status and the caller waits for ever.
      call.emit('error', grpcFailure(grpc.status.UNAVAILABLE, 'EXPORT_FAILED', 'the export could not be finished'));
    }
  };
}

/** Products and tombstones, then the outcomes that the inbox remembers. */
async function* everything(session: Session): AsyncGenerator<ExportProductsResponse> {
  const { products, inbox } = sqlSession(session);
  for await (const { kind, product } of paged(
    (after) => products.list(after, PAGE_ROWS),
    (state) => state.product.id,
  ))
    yield { item: kind === 'present' ? { $case: 'product', value: product } : { $case: 'tombstone', value: product } };
  for await (const entry of paged(
    (after) => inbox.list(after, PAGE_ROWS),
    ({ commandId }) => commandId,
  ))
    yield { item: { $case: 'outcome', value: statusOf(entry) } };
}

async function* paged<T>(read: (after: string | null) => Promise<T[]>, idOf: (row: T) => string): AsyncGenerator<T> {
  let after: string | null = null;
  for (;;) {
    const page: T[] = await read(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = idOf(last);
  }
}
