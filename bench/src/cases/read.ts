import { idAt } from '../catalogue.ts';
import { load, type Request } from '../load.ts';
import type { Case } from '../measurement.ts';
import type { Stack } from '../stack.ts';
import { usedBy } from '../usage.ts';

const CONNECTIONS = 64;
const HOT_PRODUCTS = 100;
export const PRODUCT = 'query Product($id: ID!) { product(id: $id) { id version name price } }';

const requests: Record<'GraphQL' | 'REST', (id: string) => Request> = {
  GraphQL: (id) => ({
    method: 'POST',
    path: '/graphql',
    body: readBody(id),
  }),
  REST: (id) => ({ method: 'GET', path: `/api/v1/products/${id}` }),
};

export function readBody(id: string): string {
  return JSON.stringify({ query: PRODUCT, variables: { id } });
}

/** Products by id: a hundred over and over, or each once. */
export function readCases(stack: Stack, seconds: number, products: number): Case[] {
  let next = HOT_PRODUCTS;
  const hot = (n: number) => idAt(n % HOT_PRODUCTS);
  const cold = () => idAt(HOT_PRODUCTS + (next++ % (products - HOT_PRODUCTS)));
  return (['GraphQL', 'REST'] as const).flatMap((api) =>
    (['hot', 'cold'] as const).map((heat) => ({
      name: `read ${api} ${heat} @${CONNECTIONS}`,
      warmsUp: true,
      run: () => loadReads(stack, seconds, (n) => requests[api](heat === 'hot' ? hot(n) : cold())),
    })),
  );
}

function loadReads(stack: Stack, seconds: number, request: (n: number) => Request) {
  return usedBy(stack.processes, () =>
    load({ url: stack.url, connections: CONNECTIONS, seconds, request, isRight: (body) => body.includes('"name":') }),
  );
}
