import type { Collection, Filter } from 'mongodb';
import type { SearchPage, SearchPosition, SearchRequest } from '../read-model.ts';
import { type ProductDocument, productOf } from './documents.ts';

/** The matches of one rank. */
interface Matches {
  rank: 0 | 1;
  filter: Filter<ProductDocument>;
}

type Hit = SearchPage['hits'][number];

/** Searches the products of a generation. */
export async function search(
  products: Collection<ProductDocument>,
  { search, page, countTo }: SearchRequest,
): Promise<SearchPage> {
  const lists = listsOf(search);
  const wanted = page.first + 1;
  const [found, total] = await Promise.all([
    'skip' in page ? takeSkipping(products, lists, page.skip, wanted) : takeAfter(products, lists, page.after, wanted),
    countTo === null ? null : totalOf(products, search, countTo),
  ]);
  return { hits: found.slice(0, page.first), hasMore: found.length > page.first, total };
}

/** The lists that make up a search, in the order of their ranks. */
function listsOf(search: SearchRequest['search']): Matches[] {
  if (search.matches === 'everything') return [{ rank: 0, filter: { deleted: false } }];
  const beginnings = search.terms.map(beginning);
  const inName = { nameTerms: { $all: beginnings } };
  return [
    { rank: 0, filter: inName },
    { rank: 1, filter: { terms: { $all: beginnings }, $nor: [inName] } },
  ];
}

/** Anchored and without flags, so that an index serves it. */
function beginning(term: string): RegExp {
  return new RegExp(`^${term.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}`);
}

/** At most `limit` hits behind a position: the second list is only asked when the first runs out. */
async function takeAfter(
  products: Collection<ProductDocument>,
  lists: readonly Matches[],
  after: SearchPosition | null,
  limit: number,
): Promise<Hit[]> {
  const taken: Hit[] = [];
  for (const list of lists) {
    if (taken.length >= limit || (after && list.rank < after.rank)) continue;
    const filter = after?.rank === list.rank ? { $and: [list.filter, behind(after)] } : list.filter;
    taken.push(...(await hitsOf(products, { ...list, filter }, 0, limit - taken.length)));
  }
  return taken;
}

async function takeSkipping(
  products: Collection<ProductDocument>,
  lists: readonly Matches[],
  skip: number,
  limit: number,
): Promise<Hit[]> {
  const taken: Hit[] = [];
  let toSkip = skip;
  for (const list of lists) {
    if (taken.length >= limit) break;
    const hits = await hitsOf(products, list, toSkip, limit - taken.length);
    if (hits.length > 0) toSkip = 0;
    else if (toSkip > 0) toSkip -= await products.countDocuments(list.filter, { limit: toSkip });
    taken.push(...hits);
  }
  return taken;
}

function behind({ createdAtMs, id }: SearchPosition): Filter<ProductDocument> {
  // The first condition says nothing that the others do not, but bounds the index.
  return { createdAtMs: { $lte: createdAtMs }, $or: [{ createdAtMs: { $lt: createdAtMs } }, { _id: { $lt: id } }] };
}

async function hitsOf(
  products: Collection<ProductDocument>,
  { rank, filter }: Matches,
  skip: number,
  limit: number,
): Promise<Hit[]> {
  const documents = await products.find(filter).sort({ createdAtMs: -1, _id: -1 }).skip(skip).limit(limit).toArray();
  return documents.map((document) => {
    const product = productOf(document);
    return { product, position: { rank, createdAtMs: product.createdAtMs, id: product.id } };
  });
}

async function totalOf(
  products: Collection<ProductDocument>,
  search: SearchRequest['search'],
  countTo: number,
): Promise<{ count: number; isExact: boolean }> {
  // What has all terms in its name has them in name or description too.
  const filter =
    search.matches === 'everything' ? { deleted: false } : { terms: { $all: search.terms.map(beginning) } };
  const count = await products.countDocuments(filter, { limit: countTo + 1 });
  return { count: Math.min(count, countTo), isExact: count <= countTo };
}
