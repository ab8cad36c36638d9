import type { StatementSync } from 'node:sqlite';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { SearchPage, SearchPosition, SearchRequest } from '../read-model.ts';
import type { Generation } from './generation.ts';
import { createdAtOf, firstPlaceAt, lastPlaceAt } from './place.ts';

interface Found {
  place: bigint;
  id: string;
  rank: 0 | 1;
}

/** One ordered list of matches: all products, or those of a rank. */
interface Matches {
  rank: 0 | 1;
  /** At most `limit` matches from a place downwards. */
  below(place: bigint, limit: number): Found[];
  /** The matches of one millisecond. */
  between(first: bigint, last: bigint): Found[];
  count(limit: number): number;
}

/** Searches of one generation. */
export function createSearch({ database, number: n }: Generation): (request: SearchRequest) => SearchPage {
  const big = (sql: string): StatementSync => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const matching = `FROM terms_${n} JOIN products_${n} ON place = terms_${n}.rowid WHERE terms_${n} MATCH ?`;
  const statements = {
    product: big(`SELECT product FROM products_${n} WHERE place = ?`),
    all: big(
      `SELECT place, id FROM products_${n} WHERE deleted = 0 AND place BETWEEN ? AND ? ORDER BY place DESC LIMIT ?`,
    ),
    countAll: big(`SELECT count(*) AS count FROM (SELECT 1 FROM products_${n} WHERE deleted = 0 LIMIT ?)`),
    some: big(
      `SELECT place, id ${matching} AND terms_${n}.rowid BETWEEN ? AND ? ORDER BY terms_${n}.rowid DESC LIMIT ?`,
    ),
    countSome: big(`SELECT count(*) AS count FROM (SELECT 1 FROM terms_${n} WHERE terms_${n} MATCH ? LIMIT ?)`),
  };

  const everything: Matches = {
    rank: 0,
    below: (place, limit) => found(statements.all.all(0n, place, limit), 0),
    between: (first, last) => found(statements.all.all(first, last, -1), 0),
    count: (limit) => Number(statements.countAll.get(limit)?.count),
  };

  function matchesOf(rank: 0 | 1, query: string): Matches {
    return {
      rank,
      below: (place, limit) => found(statements.some.all(query, 0n, place, limit), rank),
      between: (first, last) => found(statements.some.all(query, first, last, -1), rank),
      count: (limit) => Number(statements.countSome.get(query, limit)?.count),
    };
  }

  /** The lists that make up a search, in the order of their ranks. */
  function listsOf(search: SearchRequest['search']): Matches[] {
    if (search.matches === 'everything') return [everything];
    const all = search.terms.map((term) => `"${term}" *`).join(' AND ');
    return [matchesOf(0, `{name} : (${all})`), matchesOf(1, `(${all}) NOT ({name} : (${all}))`)];
  }

  function productAt(place: bigint): Product {
    return Product.decode(statements.product.get(place)?.product as Uint8Array);
  }

  return ({ search, page, countTo }) => {
    const lists = listsOf(search);
    const wanted = page.first + 1 + ('skip' in page ? page.skip : 0);
    const after = 'after' in page ? page.after : null;
    const matches = take(lists, after, wanted).slice('skip' in page ? page.skip : 0);
    return {
      hits: matches.slice(0, page.first).map(({ place, id, rank }) => ({
        product: productAt(place),
        position: { rank, createdAtMs: createdAtOf(place), id },
      })),
      hasMore: matches.length > page.first,
      total: countTo === null ? null : total(lists, countTo),
    };
  };
}

/** At most `limit` matches behind a position: the second list is only asked when the first runs out. */
function take(lists: readonly Matches[], after: SearchPosition | null, limit: number): Found[] {
  const taken: Found[] = [];
  for (const list of lists) {
    if (taken.length >= limit) break;
    if (after && list.rank < after.rank) continue;
    taken.push(...takeFrom(list, after && list.rank === after.rank ? after : null, limit - taken.length));
  }
  return taken;
}

/**
 * Within one millisecond places are in the order of arrival, but matches are in the order of ids: so the last millisecond
 * is read whole before it is sorted and cut.
 */
function takeFrom(list: Matches, after: SearchPosition | null, limit: number): Found[] {
  const sameTime = after ? list.between(firstPlaceAt(after.createdAtMs), lastPlaceAt(after.createdAtMs)) : [];
  const matches = after ? sameTime.filter(({ id }) => id < after.id) : [];
  if (matches.length < limit) {
    const below = list.below(after ? firstPlaceAt(after.createdAtMs) - 1n : MAX_PLACE, limit - matches.length);
    const last = below.at(-1);
    if (last) {
      const lastMs = createdAtOf(last.place);
      matches.push(...below.filter(({ place }) => createdAtOf(place) > lastMs));
      matches.push(...list.between(firstPlaceAt(lastMs), lastPlaceAt(lastMs)));
    }
  }
  return matches.sort(byTimeThenId).slice(0, limit);
}

const MAX_PLACE = 2n ** 63n - 1n;

function byTimeThenId(a: Found, b: Found): number {
  const [aMs, bMs] = [createdAtOf(a.place), createdAtOf(b.place)];
  if (aMs !== bMs) return aMs > bMs ? -1 : 1;
  return a.id < b.id ? 1 : -1;
}

function total(lists: readonly Matches[], countTo: number): { count: number; isExact: boolean } {
  let count = 0;
  for (const list of lists) {
    count += list.count(countTo + 1 - count);
    if (count > countTo) return { count: countTo, isExact: false };
  }
  return { count, isExact: true };
}

function found(rows: Record<string, unknown>[], rank: 0 | 1): Found[] {
  return rows.map((row) => ({ place: row.place as bigint, id: String(row.id), rank }));
}
