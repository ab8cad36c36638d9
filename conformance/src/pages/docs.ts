import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Visit } from './visit.ts';

export function docsScenarios(visit: Visit): void {
  /** Sends the request that an open operation holds, and tells its answer once it has the status. */
  async function execute(operation: Locator, status: number): Promise<string> {
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    await answer.getByText(String(status), { exact: true }).first().waitFor();
    return answer.innerText();
  }

  test('sends requests: the product of the example is created, and found', () =>
    visit('/docs', async (page) => {
      const create = page.locator('#operations-products-createProduct');
      await create.getByRole('button', { name: 'Create a product' }).first().click();
      const id = /"productId": "([\da-f-]{36})"/.exec(await execute(create, 201))?.[1];
      assert.ok(id);

      const search = page.locator('#operations-products-searchProducts');
      await search.getByRole('button', { name: 'Search products' }).first().click();
      await search.getByPlaceholder('search').fill('walnut desk');
      const found = await execute(search, 200);
      assert.ok(found.includes(`"productId": "${id}"`), found);
    }));
}
