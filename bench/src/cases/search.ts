import { load } from '../load.ts';
import type { Case } from '../measurement.ts';
import type { Stack } from '../stack.ts';
import { usedBy } from '../usage.ts';

const SEARCH = 'query Search($search: String) { products(search: $search, first: 20) { edges { node { id name } } } }';

const searches = {
  'one letter': 'k',
  'a word of every description': 'made',
  'two words': 'kettle steel',
  everything: '',
} as const;

/** The first page of a search, one at a time: what one client waits for. */
export function searchCases(stack: Stack, seconds: number, products: number): Case[] {
  return Object.entries(searches).map(([what, search]) => ({
    name: `search ${products.toLocaleString('en')}: ${what}`,
    warmsUp: true,
    run: () =>
      usedBy(stack.processes, () =>
        load({
          url: stack.url,
          connections: 1,
          seconds,
          request: () => ({
            method: 'POST',
            path: '/graphql',
            body: JSON.stringify({ query: SEARCH, variables: { search } }),
          }),
          isRight: (body) => body.includes('"node":'),
        }),
      ),
  }));
}
