import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Visit } from './visit.ts';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

export function narrowScenarios(visit: Visit): void {
  async function fits(page: Page, shown: string): Promise<void> {
    await page.getByText(shown).first().waitFor();
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.equal(width, PHONE.viewport.width, 'something lies beside the screen');
  }

  test('the home page fits', () => visit('/', (page) => fits(page, 'All parts well'), PHONE));
  test('Swagger UI fits', () => visit('/docs', (page) => fits(page, 'Create a product'), PHONE));

  test('GraphiQL fits, with an operation and its result one above the other', () =>
    visit(
      '/graphiql',
      async (page) => {
        await fits(page, 'mutation CreateProduct');
        const editor = await page.getByRole('region', { name: 'Operation Editor' }).boundingBox();
        const result = await page.getByRole('region', { name: 'Result Window' }).boundingBox();
        assert.ok(editor && result && result.y > editor.y + editor.height, JSON.stringify({ editor, result }));
        assert.ok(result.width > 250, `${result.width} px are too few to read a result`);
      },
      PHONE,
    ));
}
