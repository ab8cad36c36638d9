import {
  MATCHES_MAX_COUNTED,
  PAGE_MAX_SIZE,
  type Parsed,
  parseProductId,
  parseSearch,
  parseVersion,
  type Search,
} from '@tributary/product';
import type { SearchPosition } from '@tributary/proto/gen/products/v1/reader.ts';
import { badUserInput, type Problem } from '@tributary/subgraph';
import type { QueryProductArgs, QueryProductPageArgs, QueryProductsArgs } from '../generated/resolvers.ts';
import { parseCursor } from './cursor.ts';

/** Each reads the arguments of one field, and throws GraphQLError `BAD_USER_INPUT` with all that is wrong with them. */

export function readProductArguments({ id, minVersion }: QueryProductArgs): { id: string; minVersion?: bigint } {
  const problems: Problem[] = [];
  const productId = take(problems, 'id', parseProductId(id));
  const version = minVersion == null ? undefined : take(problems, 'minVersion', parseVersion(minVersion));
  if (problems.length > 0 || productId === undefined) throw badUserInput(problems);
  return version === undefined ? { id: productId } : { id: productId, minVersion: version };
}

export interface KeysetSearch {
  search: Search;
  text: string;
  first: number;
  after: SearchPosition | undefined;
}

export function readKeysetArguments({ search: text, first = 20, after }: Partial<QueryProductsArgs>): KeysetSearch {
  const problems: Problem[] = [];
  const search = take(problems, 'search', parseSearch(text));
  if (first < 1 || first > PAGE_MAX_SIZE) problems.push(outOfRange('first', `first is not 1 to ${PAGE_MAX_SIZE}`));
  let position: SearchPosition | undefined;
  if (after != null && search) {
    const cursor = parseCursor(after, search);
    if (cursor.ok) position = cursor.position;
    else problems.push({ path: ['after'], code: cursor.code, message: cursor.message });
  }
  if (problems.length > 0 || !search) throw badUserInput(problems);
  return { search, text: text ?? '', first, after: position };
}

export interface OffsetSearch {
  text: string;
  page: number;
  size: number;
}

export function readPageArguments({ search, page = 1, size = 10 }: Partial<QueryProductPageArgs>): OffsetSearch {
  const problems: Problem[] = [];
  take(problems, 'search', parseSearch(search));
  if (page < 1) problems.push(outOfRange('page', 'page is less than 1'));
  if (size < 1 || size > PAGE_MAX_SIZE) problems.push(outOfRange('size', `size is not 1 to ${PAGE_MAX_SIZE}`));
  if (problems.length === 0 && page * size > MATCHES_MAX_COUNTED)
    problems.push(outOfRange('page', `the page ends beyond ${MATCHES_MAX_COUNTED} products`));
  if (problems.length > 0) throw badUserInput(problems);
  return { text: search ?? '', page, size };
}

function take<T>(problems: Problem[], field: string, parsed: Parsed<T>): T | undefined {
  if (parsed.ok) return parsed.value;
  problems.push({ path: [field], code: parsed.code, message: parsed.message });
  return undefined;
}

function outOfRange(field: string, message: string): Problem {
  return { path: [field], code: 'OUT_OF_RANGE', message };
}
