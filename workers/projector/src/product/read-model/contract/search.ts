import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadModel, SearchPage, SearchPosition } from '../read-model.ts';
import { NEW_YEAR_MS, present, product, productId, searchFor, tombstone } from './samples.ts';
import { builtStore, type StartReadModel } from './store.ts';

const numbersOf = (page: SearchPage) => page.hits.map((hit) => Number.parseInt(hit.product.id.slice(-12), 16));

const found = async (readModel: ReadModel, text: string | null) => numbersOf(await readModel.search(searchFor(text)));

/** The keyset pages of a search, one after the other. */
async function walk(readModel: ReadModel, text: string | null, first: number): Promise<SearchPage[]> {
  const pages: SearchPage[] = [];
  let after: SearchPosition | null = null;
  for (;;) {
    const page: SearchPage = await readModel.search(searchFor(text, { after, first }));
    pages.push(page);
    after = page.hits.at(-1)?.position ?? null;
    if (!page.hasMore || !after || pages.length > 100) return pages;
  }
}

export function searchContract(start: StartReadModel): void {
  describe('search', () => {
    test('without terms it finds every product that is not deleted, the newest first', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      await readModel.apply({ products: [present(2), present(9), tombstone(4), present(5)], outcomes: [] });
      const page = await replica.search(searchFor(null));
      assert.deepEqual(
        page.hits,
        [9, 5, 2].map((number) => ({
          product: product(number),
          position: { rank: 0, createdAtMs: NEW_YEAR_MS + BigInt(number), id: productId(number) },
        })),
      );
      assert.deepEqual([page.hasMore, page.total], [false, null]);
    });

    test('terms begin words of name or description; what is all in the name comes first', async (t) => {
      const { readModel } = await builtStore(t, start, {
        products: [
          present(1, { name: 'Tea kettle', description: 'boils water' }),
          present(2, { name: 'Kettle', description: 'for tea' }),
          present(3, { name: 'Steel pot', description: 'neither of them' }),
          present(4, { name: 'Teapot, kettledrum', description: 'x' }),
          present(5, { name: 'Plate', description: 'Tea, kettle and more' }),
        ],
      });
      const page = await readModel.search(searchFor('tea KETT'));
      assert.deepEqual(numbersOf(page), [4, 1, 5, 2]);
      assert.deepEqual(
        page.hits.map(({ position }) => position.rank),
        [0, 0, 1, 1],
      );
      assert.deepEqual(await found(readModel, 'tea'), [4, 1, 5, 2]);
      assert.deepEqual(await found(readModel, 'kettle water'), [1]);
      assert.deepEqual(await found(readModel, 'eapot'), []);
      assert.deepEqual(await found(readModel, 'te tea teapot'), [4], 'one word may serve several terms');
      assert.deepEqual(await found(readModel, 'tea saucer'), []);
    });

    test('terms of any script are whole, whatever characters they have', async (t) => {
      const names = ['İZMİR Straße', 'Ёлка ёж', 'हिन्दी', '東京タワー', '𝒳𝒴 ﬁne ½', 'a\u0483b ٣٤', 'ꙮ𐐀𐐁', 'zzz'];
      const { readModel } = await builtStore(t, start, {
        products: names.map((name, index) => present(index + 1, { name, description: '-' })),
      });
      const searches = {
        izm: [1],
        stras: [],
        straß: [1],
        'ЕЛ еж': [2],
        हि: [3],
        न्दी: [],
        東: [4],
        タワー: [],
        xy: [5],
        'fi 2': [5],
        1: [5],
        a: [6],
        'a\u0483': [6],
        ab: [],
        b: [],
        '٣': [6],
        ꙮ: [7],
        'ꙮ\u{10428}': [7],
        '\u{10428}': [],
        z: [8],
      };
      for (const [text, numbers] of Object.entries(searches))
        assert.deepEqual(await found(readModel, text), numbers, `search for ${text}`);
    });

    test('words that mean something to a store are words', async (t) => {
      const { readModel } = await builtStore(t, start, {
        products: [
          present(1, { name: 'AND OR NOT NEAR', description: 'name description rowid' }),
          present(2, { name: 'plain', description: '$where null' }),
        ],
      });
      for (const text of [
        'and',
        'or',
        'not',
        'near',
        'and or',
        'not near and',
        'name',
        'description',
        'rowid',
        'NEAR name',
      ])
        assert.deepEqual(await found(readModel, text), [1], text);
      for (const text of ['where', 'null', 'plain where']) assert.deepEqual(await found(readModel, text), [2], text);
    });

    test('ten terms of 32 characters find what has them', async (t) => {
      const words = Array.from({ length: 10 }, (_, index) => `${'абвгд'.repeat(6)}${index}x`);
      const { readModel } = await builtStore(t, start, {
        products: [
          present(1, { name: words.slice(0, 5).join(' '), description: words.slice(5).join(' ') }),
          present(2, { name: words.slice(0, 5).join(' '), description: words.slice(6).join(' ') }),
        ],
      });
      assert.deepEqual(await found(readModel, words.join(' ')), [1]);
      assert.deepEqual(await found(readModel, words.slice(6).join(' ')), [2, 1]);
    });

    test('an update replaces the terms, a deletion takes the product out', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const apply = (...products: ReturnType<typeof present>[]) => readModel.apply({ products, outcomes: [] });
      await apply(
        present(1, { name: 'old name', description: 'old words' }),
        present(2, { name: 'other', description: '-' }),
      );
      await apply(present(1, { version: 2n, name: 'new name', description: 'new words' }));
      assert.deepEqual(await found(replica, 'old'), []);
      assert.deepEqual(await found(replica, 'new name words'), [1]);
      await apply(present(1, { version: 1n, name: 'older', description: 'older' }));
      assert.deepEqual(await found(replica, 'older'), []);
      await apply(tombstone(1, { version: 3n, name: 'new name', description: 'new words' }));
      assert.deepEqual(await found(replica, 'new'), []);
      assert.deepEqual(await found(replica, null), [2]);
      const counted = await replica.search(searchFor(null, { after: null, first: 10 }, 10));
      assert.deepEqual(counted.total, { count: 1, isExact: true });
      await apply(present(1, { version: 4n, name: 'back again' }));
      assert.deepEqual(await found(replica, 'back'), [1]);
    });

    test('keyset pages give every product once and in order, many of one millisecond too', async (t) => {
      const times = [0, 5, 5, 5, 2, 5, 5, 5, 5, 2, 7, 5, 5, 5, 0];
      const products = times.map((time, index) =>
        present((index * 7) % 15, {
          createdAtMs: NEW_YEAR_MS + BigInt(time),
          ...(index % 3 === 0 ? { description: 'has the gift inside' } : { name: `gift ${index}` }),
        }),
      );
      const { readModel } = await builtStore(t, start, { products });
      const order = (ids: typeof products) =>
        [...ids]
          .sort(
            (a, b) => Number(b.product.createdAtMs - a.product.createdAtMs) || (a.product.id < b.product.id ? 1 : -1),
          )
          .map(({ product: { id } }) => id);
      const inName = products.filter(({ product: { name } }) => name.startsWith('gift'));
      const elsewhere = products.filter(({ product: { name } }) => !name.startsWith('gift'));
      for (const [text, expected] of [
        [null, order(products)],
        ['gift', [...order(inName), ...order(elsewhere)]],
      ] as const)
        for (const first of [1, 2, 4, 5, 14, 15, 16]) {
          const pages = await walk(readModel, text, first);
          const ids = pages.flatMap(({ hits }) => hits.map((hit) => hit.product.id));
          assert.deepEqual(ids, expected, `${text} by ${first}`);
          assert.equal(pages.length, Math.ceil(15 / first), 'no page is short but the last, which is not empty');
        }
    });

    for (const text of [null, 'gift'])
      test(`a page of ${text ?? 'everything'} goes on behind a product that is gone`, async (t) => {
        const { readModel } = await builtStore(t, start, {
          products: [1, 2, 3, 4, 5, 6].map((number) => present(number, { name: 'gift' })),
        });
        const page = await readModel.search(searchFor(text, { after: null, first: 3 }));
        assert.deepEqual(numbersOf(page), [6, 5, 4]);
        const after = page.hits.at(-1)!.position;
        const products = [tombstone(4, { version: 2n }), present(7, { name: 'gift' })];
        await readModel.apply({ products, outcomes: [] });
        assert.deepEqual(numbersOf(await readModel.search(searchFor(text, { after, first: 3 }))), [3, 2, 1]);
      });

    test('a position of the second rank leaves the first behind', async (t) => {
      const { readModel } = await builtStore(t, start, {
        products: [
          present(1, { description: 'gift' }),
          present(2, { name: 'gift' }),
          present(3, { description: 'gift' }),
        ],
      });
      const after = { rank: 1 as const, createdAtMs: NEW_YEAR_MS + 3n, id: productId(3) };
      assert.deepEqual(numbersOf(await readModel.search(searchFor('gift', { after, first: 5 }))), [1]);
    });

    test('skipped pages are the keyset pages', async (t) => {
      const { readModel } = await builtStore(t, start, {
        products: Array.from({ length: 12 }, (_, index) =>
          present(index, {
            name: index % 2 ? 'gift' : 'other',
            description: index % 3 ? 'x' : 'gift',
            createdAtMs: 1n,
          }),
        ),
      });
      for (const text of [null, 'gift']) {
        const all = await found(readModel, text);
        for (let skip = 0; skip <= all.length + 1; skip += 1)
          for (const first of [1, 3, 100]) {
            const page = await readModel.search(searchFor(text, { skip, first }));
            assert.deepEqual(numbersOf(page), all.slice(skip, skip + first), `${text}: ${first} after ${skip}`);
            assert.equal(page.hasMore, all.length > skip + first);
          }
      }
    });

    test('matches are counted up to a number', async (t) => {
      const { readModel } = await builtStore(t, start, {
        products: [1, 2, 3, 4, 5, 6].map((number) =>
          number % 2
            ? present(number, { name: 'gift', description: 'gift' })
            : present(number, { description: 'gift' }),
        ),
      });
      await readModel.apply({ products: [tombstone(7, { name: 'gift' })], outcomes: [] });
      const totalOf = async (text: string | null, countTo: number) =>
        (await readModel.search(searchFor(text, { after: null, first: 1 }, countTo))).total;
      for (const text of [null, 'gift']) {
        assert.deepEqual(await totalOf(text, 100), { count: 6, isExact: true });
        assert.deepEqual(await totalOf(text, 6), { count: 6, isExact: true });
        assert.deepEqual(await totalOf(text, 5), { count: 5, isExact: false });
        assert.deepEqual(await totalOf(text, 2), { count: 2, isExact: false });
      }
      assert.deepEqual(await totalOf('nowhere', 5), { count: 0, isExact: true });
      const far = await readModel.search(searchFor('gift', { skip: 100, first: 1 }, 100));
      assert.deepEqual(far, { hits: [], hasMore: false, total: { count: 6, isExact: true } });
    });
  });
}
