import { status } from '@grpc/grpc-js';
import {
  isExpiredCommandId,
  MATCHES_MAX_COUNTED,
  PAGE_DEFAULT_SIZE,
  PAGE_MAX_SIZE,
  type Parsed,
  parseCommandId,
  parseProductId,
  parseSearch,
  type Search,
} from '@tributary/product';
import type {
  GetProductRequest,
  SearchPosition,
  SearchProductsRequest,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { type GrpcFailure, grpcFailure } from '@tributary/service';
import type { SearchRequest } from './read-model/read-model.ts';
import type { ProductRead } from './reads.ts';

const MAX_READS = 100;
const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 10_000;

/** Checked reads of products. Throws GrpcFailure `BAD_USER_INPUT`. */
export function readsOf(requests: readonly GetProductRequest[]): ProductRead[] {
  if (requests.length > MAX_READS) throw badInput(`more than ${MAX_READS} products are asked for at once`);
  return requests.map(readOf);
}

/** Throws GrpcFailure `BAD_USER_INPUT`. */
export function readOf({ id, minVersion, waitMs = DEFAULT_WAIT_MS }: GetProductRequest): ProductRead {
  if (minVersion !== undefined && minVersion < 1n) throw badInput('min_version is less than 1');
  if (waitMs < 0 || waitMs > MAX_WAIT_MS) throw badInput(`wait_ms is not between 0 and ${MAX_WAIT_MS}`);
  return { id: demand(parseProductId(id)), minVersion, waitMs };
}

/** A checked search, and what of it the read model has to be asked. Throws GrpcFailure `BAD_USER_INPUT`. */
export function searchOf({ search, page, withTotal }: SearchProductsRequest): {
  search: Search;
  page: SearchRequest['page'];
  countTo: number | null;
} {
  return {
    search: demand(parseSearch(search)),
    page: pageOf(page),
    countTo: withTotal ? MATCHES_MAX_COUNTED : null,
  };
}

function pageOf(page: SearchProductsRequest['page']): SearchRequest['page'] {
  switch (page?.$case) {
    case undefined:
      return { after: null, first: PAGE_DEFAULT_SIZE };
    case 'keyset':
      return { after: page.value.after ? positionOf(page.value.after) : null, first: sizeOf(page.value.first) };
    case 'offset': {
      const size = sizeOf(page.value.size);
      if (page.value.page < 1) throw badInput('pages count from 1');
      if (page.value.page * size > MATCHES_MAX_COUNTED)
        throw badInput(`a page may not end beyond match ${MATCHES_MAX_COUNTED}`);
      return { skip: (page.value.page - 1) * size, first: size };
    }
  }
}

function sizeOf(size: number): number {
  if (size < 1 || size > PAGE_MAX_SIZE) throw badInput(`the size of a page is not between 1 and ${PAGE_MAX_SIZE}`);
  return size;
}

function positionOf({ rank, createdAtMs, id }: SearchPosition) {
  if ((rank !== 0 && rank !== 1) || createdAtMs < 0n) throw badInput('the position is malformed');
  return { rank, createdAtMs, id: demand(parseProductId(id)) } as const;
}

/**
 * The id of a command of which something may be known.
 * @returns null when it is too old, or from the future
 * @throws GrpcFailure `BAD_USER_INPUT`
 */
export function commandIdOf(commandId: string, nowMs: number, retentionMs: number): string | null {
  const id = demand(parseCommandId(commandId));
  return isExpiredCommandId(id, nowMs, retentionMs) ? null : id;
}

function demand<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw badInput(parsed.message);
  return parsed.value;
}

function badInput(message: string): GrpcFailure {
  return grpcFailure(status.INVALID_ARGUMENT, 'BAD_USER_INPUT', message);
}
