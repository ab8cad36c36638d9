import { graphql } from '@tributary/e2e';
import { load } from '../load.ts';
import type { Case } from '../measurement.ts';
import type { Stack } from '../stack.ts';
import { usedBy } from '../usage.ts';

const CREATE =
  'mutation Create($input: CreateProductInput!) { createProduct(input: $input) { productId command { state } } }';

/** Creates over GraphQL that wait for their outcome, or only for their acceptance. */
export function createCases(stack: Stack, seconds: number): Case[] {
  const loads = [1, 32, 100, 256].flatMap((connections) =>
    (['OUTCOME', 'NONE'] as const).map((wait) => ({ connections, wait })),
  );
  return loads.map(({ connections, wait }) => ({
    name: `create ${wait} @${connections}`,
    warmsUp: true,
    async run() {
      const state = wait === 'OUTCOME' ? 'COMMITTED' : 'PENDING';
      const measured = await usedBy(stack.processes, () =>
        load({
          url: stack.url,
          connections,
          seconds,
          request: (n) => ({ method: 'POST', path: '/graphql', body: createBody(n, wait) }),
          isRight: (body) => body.includes(`"state":"${state}"`),
        }),
      );
      await untilDrained(stack);
      return measured;
    },
  }));
}

export function createBody(n: number, wait: 'OUTCOME' | 'NONE'): string {
  const input = { name: `Measured ${n}`, description: 'One of many that are made to measure.', price: '19.99', wait };
  return JSON.stringify({ query: CREATE, variables: { input } });
}

/** Waits until what was accepted is decided and readable, so that it does not weigh on the next case. */
async function untilDrained({ url }: Stack): Promise<void> {
  const query =
    'mutation ($input: CreateProductInput!) { createProduct(input: $input) { command { state } product { id } } }';
  const input = { name: 'The last', description: 'Behind all others.', price: '1' };
  for (const deadline = Date.now() + 120_000; ; ) {
    // One for each partition, since each has its own backlog.
    const answers = await Promise.all(Array.from({ length: 18 }, () => graphql(url, query, { input })));
    if (answers.every(({ data }) => (data?.createProduct as { product: unknown } | null)?.product)) return;
    if (Date.now() > deadline) throw new Error('what was accepted is not worked off after two minutes');
  }
}
