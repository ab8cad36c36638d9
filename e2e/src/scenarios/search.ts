import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { graphql, rest } from '../client.ts';
import { eventually, gatewayOf, type System } from '../system.ts';
import { create } from './commands.ts';

interface Connection {
  products: {
    edges: { cursor: string; node: { id: string; name: string } }[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
}

const SEARCH = `query Search($search: String, $first: Int!, $after: String) {
  products(search: $search, first: $first, after: $after) {
    edges { cursor node { id name } } pageInfo { endCursor hasNextPage } } }`;

interface Page {
  totalCount: number;
  totalPages: number;
  page: number;
  size: number;
  hasMore: boolean;
  products: { productId: string; name: string }[];
}

export function searchScenarios(system: System): void {
  const [gateway] = system.gateways;
  const word = `w${randomUUID().slice(0, 8)}`;
  const COUNT = 25;

  before(async () => {
    for (let n = 0; n < COUNT; n++)
      await create(gatewayOf(system, n), {
        name: n % 5 === 0 ? `Plain ${n}` : `${word} ${n}`,
        description: n % 5 === 0 ? `About a ${word}.` : 'Something else.',
      });
    await eventually(
      () => rest<Page>(gateway, 'GET', `/api/v1/products/search?search=${word}&size=100`),
      (answer) => answer.body.products.length === COUNT,
    );
  });

  async function names(search: string, first: number): Promise<string[]> {
    const found: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 50; page++) {
      const answer: { data: Connection | null | undefined; text: string } = await graphql<Connection>(
        gatewayOf(system, page),
        SEARCH,
        { search, first, after },
      );
      assert(answer.data, answer.text);
      found.push(...answer.data.products.edges.map((edge) => edge.node.name));
      if (!answer.data.products.pageInfo.hasNextPage) return found;
      after = answer.data.products.pageInfo.endCursor;
    }
    throw new Error('the pages never end');
  }

  test('pages of any size hold every match once, matches in the name first, then the newest', async () => {
    const expected = [
      ...Array.from({ length: COUNT }, (_, n) => n)
        .filter((n) => n % 5 !== 0)
        .reverse()
        .map((n) => `${word} ${n}`),
      ...Array.from({ length: COUNT }, (_, n) => n)
        .filter((n) => n % 5 === 0)
        .reverse()
        .map((n) => `Plain ${n}`),
    ];
    for (const first of [1, 7, 20, 100]) assert.deepEqual(await names(word, first), expected);
    assert.deepEqual(
      await names(word.slice(0, -2).toUpperCase(), 100),
      expected,
      'a prefix in capitals finds the same',
    );
  });

  test('a cursor belongs to its search', async () => {
    const { data } = await graphql<Connection>(gateway, SEARCH, { search: word, first: 2 });
    const answer = await graphql(gateway, SEARCH, {
      search: 'other',
      first: 2,
      after: data?.products.pageInfo.endCursor,
    });
    assert.equal(answer.errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', answer.text);
    assert.equal(answer.status, 400);
  });

  test('REST pages are counted', async () => {
    const first = await rest<Page>(gateway, 'GET', `/api/v1/products/search?search=${word}&page=1&size=10`);
    assert.deepEqual(
      { ...first.body, products: first.body.products.length },
      { ...first.body, totalCount: COUNT, totalPages: 3, page: 1, size: 10, hasMore: true, products: 10 },
    );
    const last = await rest<Page>(gateway, 'GET', `/api/v1/products/search?search=${word}&page=3&size=10`);
    assert.deepEqual([last.body.products.length, last.body.hasMore], [5, false]);
    const beyond = await rest<Page>(gateway, 'GET', `/api/v1/products/search?search=${word}&page=4&size=10`);
    assert.deepEqual([beyond.body.products.length, beyond.body.hasMore], [0, false]);
  });

  for (const nothing of ['.*', '(((', '%', '"', '🫖']) {
    test(`a search for ${nothing} finds nothing and breaks nothing`, async () => {
      const answer = await rest<Page>(gateway, 'GET', `/api/v1/products/search?search=${encodeURIComponent(nothing)}`);
      assert.deepEqual([answer.status, answer.body.totalCount], [200, 0], answer.text);
      assert.deepEqual(await names(nothing, 10), []);
    });
  }
}
