import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Visit } from './visit.ts';

export function homeScenarios(visit: Visit): void {
  test('shows the health of each part', () =>
    visit('/', async (page) => {
      await page.getByRole('link', { name: 'All parts well' }).waitFor();
      const parts = page.getByRole('region', { name: 'Health' }).getByRole('heading', { level: 3 });
      assert.deepEqual(
        (await parts.allInnerTexts()).map((text) => text.split(/\s+/)),
        ['gateway', 'products-command', 'products-query', 'writer', 'projector'].map((name) => [name, 'ok']),
      );
    }));

  test('gives each example to the clipboard as it is shown', () =>
    visit(
      '/',
      async (page) => {
        const examples = await page.getByRole('article').all();
        assert.equal(examples.length, 4);
        for (const example of examples) {
          await example.getByRole('button', { name: 'Copy' }).click();
          await example.getByRole('button', { name: 'Copied' }).waitFor();
          const copied = await page.evaluate<string>('navigator.clipboard.readText()');
          assert.match(copied, /^(?:mutation|query|subscription|curl) /);
          assert.equal(copied, await example.locator('code').first().textContent());
        }
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));

  test('runs its examples: what is created arrives where it is watched, and is found', () =>
    visit('/', async (page) => {
      const example = (name: string) => page.getByRole('article').filter({ has: page.getByRole('heading', { name }) });
      const [create, search, watch] = [example('Create'), example('Search'), example('Watch')];
      const subscribed = page
        .waitForEvent('websocket')
        .then((socket) => socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('"subscribe"')));
      await watch.getByRole('button', { name: 'Start' }).click();
      await subscribed;

      await create.getByRole('button', { name: 'Run' }).click();
      const created = await create.getByRole('status').filter({ hasText: 'COMMITTED' }).innerText();
      const id = /"product": \{\s*"id": "([^"]+)"/.exec(created)?.[1];
      assert.ok(id, created);
      await watch.getByRole('status').filter({ hasText: id }).waitFor();
      await search.getByRole('button', { name: 'Run' }).click();
      await search.getByRole('status').filter({ hasText: id }).waitFor();

      await watch.getByRole('button', { name: 'Stop' }).click();
      await watch.getByRole('button', { name: 'Start' }).waitFor();
    }));
}
