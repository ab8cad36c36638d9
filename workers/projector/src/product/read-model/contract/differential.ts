import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rankOf, searchTerms } from '@tributary/product';
import { createRandom, type Random } from '@tributary/service/random';
import type { ProductState, SearchPage, SearchPosition, SearchRequest } from '../read-model.ts';
import { NEW_YEAR_MS, present } from './samples.ts';
import { builtStore, type StartReadModel } from './store.ts';

const SEED = 26;
const PRODUCTS = 400;
const SEARCHES = 300;

/** Words that share beginnings, in several scripts, composed and decomposed. */
const WORDS = (
  'tea teapot team te Tee kettle ket kettledrum café cafe cafe\u0301s straße strass ﬁne fine fin ёлка ел 東京 東京タワー ' +
  "हिन्दी हि 𝒳 x x1 x12 1 12 123 ٣ ٣٤ a a\u0483b ab 🫖 O’Neil don't .* % not and"
).split(' ');

/**
 * Random products, updates and deletions, then random searches, each compared with what a plain walk over all products
 * finds by the rules that the product package states. Every adapter runs it, so they agree with one another.
 */
export function differentialContract(start: StartReadModel): void {
  test(`searches find what the rules say (seed ${SEED})`, async (t) => {
    const random = createRandom(SEED);
    const { readModel, replica } = await builtStore(t, start);
    const states = new Map<string, ProductState>();
    const changes = randomChanges(random);
    for (let from = 0; from < changes.length; from += 50) {
      const products = changes.slice(from, from + 50);
      await (random.chance(0.5) ? readModel : replica).apply({ products, outcomes: [] });
      for (const state of products) {
        const known = states.get(state.product.id);
        if (!known || known.product.version < state.product.version) states.set(state.product.id, state);
      }
    }
    assert.deepEqual(await readModel.get([...states.keys()]), states, `seed ${SEED}`);

    let finds = 0;
    for (let number = 1; number <= SEARCHES; number += 1) {
      const search = randomSearch(random);
      const all = naiveMatches(states, search);
      const request = { search, page: randomPage(random, all), countTo: random.pick([null, 3, 10, 10_000]) };
      const page = await (random.chance(0.5) ? readModel : replica).search(request);
      assert.deepEqual(page, naivePage(all, request), `seed ${SEED}, search ${number}: ${textOf(request)}`);
      finds += page.hits.length;
    }
    assert(finds > SEARCHES, 'the searches find something');
  });
}

/** New products, newer and older versions of known ones, and deletions, in random order. */
function randomChanges(random: Random): ProductState[] {
  const changes = Array.from({ length: PRODUCTS }, (_, number) => {
    const createdAtMs = NEW_YEAR_MS + BigInt(random.below(60));
    return Array.from({ length: 1 + random.below(3) }, (_, version) => ({
      product: present(number, {
        version: BigInt(version + 1),
        createdAtMs,
        name: randomText(random, 4),
        description: randomText(random, 8),
      }).product,
      deleted: random.chance(0.12),
    }));
  });
  return random.shuffled(changes.flat());
}

function randomText(random: Random, maxWords: number): string {
  const words = Array.from({ length: 1 + random.below(maxWords) }, () => {
    const word = random.pick(WORDS);
    return random.chance(0.2) ? word.toUpperCase() : word;
  });
  return words.join(random.pick([' ', '-', ', ', '\u00a0']));
}

function randomSearch(random: Random): SearchRequest['search'] {
  if (random.chance(0.1)) return { matches: 'everything' };
  const words = Array.from({ length: 1 + random.below(3) }, () => {
    const characters = [...random.pick(WORDS)];
    return random.chance(0.5) ? characters.slice(0, 1 + random.below(characters.length)).join('') : characters.join('');
  });
  const terms = searchTerms(words.join(' '));
  return terms.length === 0 ? { matches: 'everything' } : { matches: 'terms', terms };
}

function randomPage(random: Random, all: SearchPage['hits']): SearchRequest['page'] {
  const first = random.pick([1, 2, 5, 20, 100]);
  if (random.chance(0.5)) return { skip: random.below(all.length + 5), first };
  const after = all.length === 0 || random.chance(0.3) ? null : { ...random.pick(all).position };
  // A position may be of a product that is no longer there.
  if (after && random.chance(0.3)) after.id = `${after.id.slice(0, -1)}${random.pick([...'0123456789abcdef'])}`;
  return { after, first };
}

function naiveMatches(states: ReadonlyMap<string, ProductState>, search: SearchRequest['search']): SearchPage['hits'] {
  const hits = [...states.values()].flatMap(({ product, deleted }) => {
    const rank = search.matches === 'everything' ? 0 : rankOf(product, search.terms);
    if (deleted || rank === null) return [];
    return [{ product, position: { rank, createdAtMs: product.createdAtMs, id: product.id } }];
  });
  return hits.sort((a, b) => compare(a.position, b.position));
}

function naivePage(all: SearchPage['hits'], { page, countTo }: SearchRequest): SearchPage {
  const { first } = page;
  const after = 'after' in page ? page.after : null;
  const behind = after
    ? all.filter(({ position }) => compare(position, after) > 0)
    : all.slice('skip' in page ? page.skip : 0);
  return {
    hits: behind.slice(0, first),
    hasMore: behind.length > first,
    total: countTo === null ? null : { count: Math.min(all.length, countTo), isExact: all.length <= countTo },
  };
}

function compare(a: SearchPosition, b: SearchPosition): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs > b.createdAtMs ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id > b.id ? -1 : 1;
}

function textOf(request: SearchRequest): string {
  return JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
}
