import { readFileSync } from 'node:fs';
import { parsePrice } from '@tributary/product';
import { GraphQLError } from 'graphql';
import { createFakeSubgraph, type FakeRequest, type FakeSubgraph } from './fake-subgraph.ts';

export const PRODUCT_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const OTHER_ID = '01890a5d-ac96-774b-bcce-b302099a8058';
export const COMMAND_ID = '01890a5d-ac96-774b-bcce-b302099a8059';

export const product = {
  id: PRODUCT_ID,
  version: 3,
  name: 'Desk',
  description: 'Oak',
  price: '19.99',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
};

const subgraphs = new URL('../../../subgraphs/', import.meta.url);

/** A command subgraph that commits version 3 of the product at once, and checks nothing but the price. */
export function fakeCommands(): Promise<FakeSubgraph> {
  const mutate = (_: unknown, { input }: { input: { price?: unknown } }, request: FakeRequest) => {
    const price = parsePrice(input.price);
    if (input.price !== undefined && !price.ok)
      throw new GraphQLError(price.message, {
        extensions: {
          code: 'BAD_USER_INPUT',
          problems: [{ path: ['input', 'price'], code: price.code, message: price.message }],
          stacktrace: ['secret'],
        },
      });
    request.answerHeaders['x-version-floor'] = `${PRODUCT_ID}@3`;
    return {
      command: { id: COMMAND_ID, state: 'COMMITTED', productId: PRODUCT_ID, version: 3 },
      productId: PRODUCT_ID,
      version: 3,
      product: { id: PRODUCT_ID },
    };
  };
  const schema = readFileSync(new URL('products-command/schema.graphql', subgraphs), 'utf8');
  return createFakeSubgraph(schema, {
    Mutation: { createProduct: mutate, updateProduct: mutate, deleteProduct: mutate },
  });
}

/** A query subgraph that knows one product. */
export function fakeQueries(resolvers: Readonly<Record<string, unknown>> = {}): Promise<FakeSubgraph> {
  const find = (id: string) => (id === PRODUCT_ID ? product : null);
  const schema = readFileSync(new URL('products-query/schema.graphql', subgraphs), 'utf8');
  return createFakeSubgraph(schema, {
    Query: {
      product: (_: unknown, { id }: { id: string }) => find(id),
      command: () => null,
      ...resolvers,
    },
    Product: { __resolveReference: ({ id }: { id: string }) => find(id) },
  });
}
