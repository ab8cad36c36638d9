import { graphql, subscribe } from '@tributary/e2e';
import { type Case, quantile } from '../measurement.ts';
import { phaseMeansMs, phaseSums } from '../phases.ts';
import type { Stack } from '../stack.ts';

const CREATE = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { command { state } } }';
const CREATE_AND_READ =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { id version name } } }';

const input = (name: string) => ({ name, description: 'One of many.', price: '19.99' });

/** What one client waits for, one request at a time. */
export function lagCases(stack: Stack, count: number): Case[] {
  const times = async (request: (n: number) => Promise<unknown>) => {
    const taken: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const started = performance.now();
      await request(n);
      taken.push(performance.now() - started);
    }
    return { p50Ms: quantile(taken, 0.5), p99Ms: quantile(taken, 0.99) };
  };
  return [
    {
      name: 'lag created, with its outcome',
      warmsUp: true,
      async run() {
        const before = await phaseSums(stack.adminUrls);
        const measured = await times((n) => graphql(stack.url, CREATE, { input: input(`Outcome ${n}`) }));
        return { ...measured, phasesMs: phaseMeansMs(before, await phaseSums(stack.adminUrls)) };
      },
    },
    {
      name: 'lag created, read through the graph',
      warmsUp: true,
      run: () => times((n) => graphql(stack.url, CREATE_AND_READ, { input: input(`Visible ${n}`) })),
    },
    { name: 'lag created, delivered to a subscriber', run: () => delivered(stack, times) },
  ];
}

/** From sending the mutation to the arrival of the event; the outcome's way back is not waited for. */
async function delivered<T>(stack: Stack, times: (request: (n: number) => Promise<unknown>) => Promise<T>): Promise<T> {
  const subscriber = await subscribe<{ productCreated: { product: { name: string } } }>(
    stack.url,
    'subscription { productCreated { product { name } } }',
  );
  try {
    return await times(async (n) => {
      const name = `Delivered ${n}`;
      const published = graphql(stack.url, CREATE, { input: { ...input(name), wait: 'NONE' } });
      await subscriber.next(({ productCreated }) => productCreated.product.name === name);
      await published;
    });
  } finally {
    await subscriber.close();
  }
}
