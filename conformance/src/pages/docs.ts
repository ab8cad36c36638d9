import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Visit } from './visit.ts';

export function docsScenarios(visit: Visit): void {
  test('sends the request of the example and shows 201 with the product', () =>
    visit('/docs', async (page) => {
      const operation = page.locator('#operations-products-createProduct');
      await operation.getByRole('button', { name: 'Create a product' }).first().click();
      await operation.getByRole('button', { name: 'Execute' }).click();
      const answer = operation.locator('.live-responses-table');
      await answer.getByText('201', { exact: true }).first().waitFor();
      assert.match(await answer.innerText(), /"productId": "[\da-f-]{36}"/);
    }));
}
