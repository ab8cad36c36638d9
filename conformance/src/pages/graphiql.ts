import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { readable, type Visit } from './visit.ts';

export function graphiqlScenarios(visit: Visit, create: (name: string) => Promise<string>): void {
  /** Follows the link beside an example of the home page. */
  async function open(page: Page, example: string, shown: string): Promise<void> {
    await page.getByRole('article').filter({ hasText: example }).getByRole('link', { name: 'GraphiQL' }).click();
    await page.getByText(shown).waitFor();
  }
  const run = (page: Page) => page.getByRole('button', { name: 'Execute query' }).click();
  const result = (page: Page) => page.getByRole('region', { name: 'Result Window' });

  test('opens with examples, each a click away', () =>
    visit('/graphiql', async (page) => {
      await page.getByText('mutation CreateProduct').waitFor();
      for (const [tab, shown] of [
        ['SearchProducts', 'query SearchProducts'],
        ['WatchProducts', 'subscription WatchProducts'],
      ] as const) {
        await page.getByRole('button', { name: tab, exact: true }).click();
        await page.getByText(shown).waitFor();
      }
    }));

  test('runs a query that a link brings, and shows its result', async () => {
    const id = await create('Walnut deck');
    await visit('/', async (page) => {
      await open(page, 'Search products', 'query SearchProducts');
      await run(page);
      await result(page).getByText('Walnut deck').waitFor();
      assert.ok(readable(await result(page).innerText()).includes(`"id": "${id}"`));
    });
  });

  test('shows the event of a product that is created while a subscription runs', () =>
    visit('/', async (page) => {
      await open(page, 'Watch products', 'subscription WatchProducts');
      const subscribed = page
        .waitForEvent('websocket')
        .then((socket) => socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"')));
      await run(page);
      await subscribed;
      const id = await create('Live lamp');
      await result(page).getByText('Live lamp').waitFor();
      const shown = readable(await result(page).innerText());
      for (const text of ['"productCreated": {', `"id": "${id}"`, '"price": "35.25"'])
        assert.ok(shown.includes(text), shown);
    }));
}
