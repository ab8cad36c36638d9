import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import type { SearchProductsRequest } from '@tributary/proto/gen/products/v1/reader.ts';
import { givenSubgraph, notMeant, product } from '../given-subgraph.ts';

const given = await givenSubgraph();
const { graphql, fake } = given;
after(given.stop);
afterEach(() => {
  fake.searchProducts = notMeant;
});

function answerHits(...numbers: number[]): SearchProductsRequest[] {
  const requests: SearchProductsRequest[] = [];
  fake.searchProducts = async (request) => {
    requests.push(request);
    return {
      hits: numbers.map((n) => {
        const hit = product(n);
        return { product: hit, position: { rank: 0, createdAtMs: hit.createdAtMs, id: hit.id } };
      }),
      hasMore: true,
      totalCount: request.withTotal ? 12n : undefined,
      totalCountIsExact: true,
    };
  };
  return requests;
}

const PRODUCTS = `query ($search: String, $first: Int! = 20, $after: String) {
  products(search: $search, first: $first, after: $after) { edges { cursor node { id } } pageInfo { endCursor hasNextPage } }
}`;
const PAGE = `query ($search: String, $page: Int! = 1, $size: Int! = 10) {
  productPage(search: $search, page: $page, size: $size) { products { id } hasMore totalCount totalCountIsExact }
}`;

test('a page goes on where its cursor points', async () => {
  const requests = answerHits(2, 1);
  const first = await graphql(PRODUCTS, { search: 'Kettle', first: 2 });
  const { edges, pageInfo } = first.body.data.products;
  assert.deepEqual(
    edges.map(({ node }: { node: { id: string } }) => node.id),
    [product(2).id, product(1).id],
  );
  assert.deepEqual(pageInfo, { endCursor: edges[1].cursor, hasNextPage: true });
  await graphql(PRODUCTS, { search: 'kettle', first: 2, after: pageInfo.endCursor });
  assert.deepEqual(
    requests.map(({ search, page, withTotal }) => ({ search, page, withTotal })),
    [
      { search: 'Kettle', page: { $case: 'keyset', value: { first: 2, after: undefined } }, withTotal: false },
      {
        search: 'kettle',
        page: {
          $case: 'keyset',
          value: { first: 2, after: { rank: 0, createdAtMs: product(1).createdAtMs, id: product(1).id } },
        },
        withTotal: false,
      },
    ],
  );
});

test('an empty page has no end', async () => {
  answerHits();
  const { body } = await graphql(PRODUCTS);
  assert.deepEqual(body.data.products, { edges: [], pageInfo: { endCursor: null, hasNextPage: true } });
});

test('a page by number comes with its total', async () => {
  const requests = answerHits(1);
  const { body } = await graphql(PAGE, { page: 100, size: 100 });
  assert.deepEqual(body.data.productPage, {
    products: [{ id: product(1).id }],
    hasMore: true,
    totalCount: 12,
    totalCountIsExact: true,
  });
  assert.deepEqual(requests[0]?.page, { $case: 'offset', value: { page: 100, size: 100 } });
});

const refused = (query: string, variables: object, path: string, code: string) =>
  test(`refused: ${JSON.stringify(variables).slice(0, 80)}`, async () => {
    const { status, body } = await graphql(query, variables);
    assert.equal(status, 400);
    assert.equal(body.errors.length, 1);
    assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
    const [problem] = body.errors[0].extensions.problems;
    assert.deepEqual([problem.path, problem.code], [[path], code]);
  });

refused(PRODUCTS, { first: 0 }, 'first', 'OUT_OF_RANGE');
refused(PRODUCTS, { first: 101 }, 'first', 'OUT_OF_RANGE');
refused(PRODUCTS, { search: 'a'.repeat(10_000) }, 'search', 'TOO_LONG');
refused(PRODUCTS, { search: 'a\u0000b' }, 'search', 'CONTROL_CHARACTER');
refused(PRODUCTS, { search: 'a\ud800' }, 'search', 'MALFORMED_UNICODE');
refused(PRODUCTS, { search: 'a b c d e f g h i j k' }, 'search', 'TOO_MANY_TERMS');
refused(PRODUCTS, { after: 'garbage' }, 'after', 'MALFORMED_CURSOR');
refused(PAGE, { page: 0 }, 'page', 'OUT_OF_RANGE');
refused(PAGE, { page: -1 }, 'page', 'OUT_OF_RANGE');
refused(PAGE, { size: 0 }, 'size', 'OUT_OF_RANGE');
refused(PAGE, { size: 101 }, 'size', 'OUT_OF_RANGE');
refused(PAGE, { page: 1_000_000_000 }, 'page', 'OUT_OF_RANGE');
refused(PAGE, { page: 101, size: 100 }, 'page', 'OUT_OF_RANGE');

test('what looks like a pattern is a search like any other', async () => {
  const requests = answerHits();
  for (const search of ['.*', '(((', '%', '"', '🫖']) {
    const { status } = await graphql(PRODUCTS, { search });
    assert.equal(status, 200);
    assert.equal(requests.at(-1)?.search, search);
  }
});
