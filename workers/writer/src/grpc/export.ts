import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import type {
  ExportedItem,
  ExportProductsRequest,
  ExportProductsResponse,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { grpcFailure, type Logger } from '@tributary/service';
import type { Database, Session } from '../database/database.ts';
import type { InboxEntry } from '../inbox.ts';
import { statusOf } from '../product/outcome.ts';
import type { KnownProduct } from '../product/products.ts';
import { sqlSession } from '../product/sql-store.ts';

const PAGE_ROWS = 1_000;
/** Far below the 4 MB that a client takes, however long the texts of a page are. */
const MESSAGE_BYTES = 512 * 1024;

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
      for await (const page of database.snapshot(everything)) {
        for (const items of messagesOf(page)) {
          if (abandoned.signal.aborted) return;
          if (!call.write({ items })) await once(call, 'drain', { signal: abandoned.signal });
        }
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

/** Products and tombstones in the order of ids, then the outcomes that the inbox remembers in that of theirs. */
async function* everything(session: Session): AsyncGenerator<ExportedItem[]> {
  const { products, inbox } = sqlSession(session);
  const states = paged(
    (after) => products.list(after, PAGE_ROWS),
    (state) => state.product.id,
  );
  for await (const page of states) yield page.map(productItem);
  const entries = paged(
    (after) => inbox.list(after, PAGE_ROWS),
    ({ commandId }) => commandId,
  );
  for await (const page of entries) yield page.map(outcomeItem);
}

async function* paged<T>(read: (after: string | null) => Promise<T[]>, idOf: (row: T) => string): AsyncGenerator<T[]> {
  let after: string | null = null;
  for (;;) {
    const page: T[] = await read(after);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = idOf(last);
  }
}

function productItem({ kind, product }: KnownProduct): ExportedItem {
  return { item: kind === 'present' ? { $case: 'product', value: product } : { $case: 'tombstone', value: product } };
}

function outcomeItem(entry: InboxEntry): ExportedItem {
  return { item: { $case: 'outcome', value: { status: statusOf(entry), decidedAtMs: BigInt(entry.handledAtMs) } } };
}

/** The items in groups that fit into a message each. */
export function messagesOf(items: readonly ExportedItem[], maxBytes = MESSAGE_BYTES): ExportedItem[][] {
  const messages: ExportedItem[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = sizeOf(item);
    if (bytes > room) {
      messages.push([]);
      room = maxBytes;
    }
    messages.at(-1)?.push(item);
    room -= bytes;
  }
  return messages;
}

/** Three bytes at most for a unit of UTF-16; ids, times, numbers and what frames them take less than the rest. */
function sizeOf({ item }: ExportedItem): number {
  if (item?.$case === 'outcome') return 512 + 3 * (item.value.status?.rejection?.message.length ?? 0);
  return 256 + 3 * ((item?.value.name.length ?? 0) + (item?.value.description.length ?? 0));
}
