import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page, WebSocketRoute } from 'playwright-core';
import type { Visit } from './visit.ts';

/** Another client of the gateway. A change is readable when it resolves. */
export interface Elsewhere {
  /** Tells the product's id. */
  create(name: string): Promise<string>;
  /** With null it is deleted. */
  change(id: string, product: Readonly<Record<string, unknown>> | null): Promise<void>;
}

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

export function liveScenarios(visit: Visit, { create, change }: Elsewhere): void {
  const list = (page: Page, name: string) => page.getByRole('list', { name });
  const product = (page: Page, name: string) => list(page, 'Products').getByRole('listitem').filter({ hasText: name });
  const event = (page: Page, name: string) => list(page, 'Events').getByRole('listitem').filter({ hasText: name });
  const command = (page: Page, title: string) =>
    list(page, 'Your commands')
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: title }) });
  const button = (page: Page | Locator, name: string) => page.getByRole('button', { name, exact: true });
  const isLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor();
  const gone = (shown: Locator) => shown.waitFor({ state: 'detached' });

  async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
  }

  /** Lets a test stand between the page and the gateway, for every connection from now on. */
  async function between(page: Page, take: (connection: WebSocketRoute) => unknown): Promise<void> {
    await page.routeWebSocket(/\/graphql$/, take);
    await page.reload();
    await isLive(page);
  }

  test('products appear, change and vanish as another client makes, changes and deletes them', () =>
    visit('/live', async (page) => {
      await isLive(page);
      const id = await create('Brass bell');
      const bell = product(page, 'Brass bell');
      await bell.getByText('version 1', { exact: true }).waitFor();
      await bell.getByText(/^new at \d\d:\d\d:\d\d$/).waitFor();
      await change(id, { price: 40.5 });
      await bell.getByText('version 2', { exact: true }).waitFor();
      await bell.getByText('40.5', { exact: true }).waitFor();
      await change(id, null);
      await gone(bell);
      await event(page, 'Brass bell').nth(2).waitFor();
      const told = await event(page, 'Brass bell').allInnerTexts();
      for (const [index, text] of ['deleted', 'updated', 'created'].entries())
        assert.match(told[index]!, new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\s+${text}[^]*version ${3 - index}\\b`));
      for (const text of told) assert.match(text, /\d (?:ms|s)\b/);
    }));

  test('what was there before is there, and of products in both the newer stands', async () => {
    const id = await create('Old oar');
    await visit('/live', async (page) => {
      await product(page, 'Old oar').getByText('version 1', { exact: true }).waitFor();
      await isLive(page);
      await change(id, { name: 'Older oar' });
      await product(page, 'Older oar').getByText('version 2', { exact: true }).waitFor();
      assert.equal(await product(page, 'Old oar').count(), 0);
    });
  });

  test('a command shows its way: sent, accepted, committed, seen live', () =>
    visit('/live', async (page) => {
      await isLive(page);
      await fill(page, { Name: 'Cork mat', Description: 'For hot pots.', Price: '12.25' });
      await button(page, 'Create product').click();
      const created = command(page, 'Create Cork mat');
      await created.getByText('seen live').waitFor();
      await created.getByText('COMMITTED').waitFor();
      const steps = (await created.getByRole('listitem').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
      const patterns = [/^sent$/, /^accepted \+\d+ ms [\da-f-]{36}$/, /^COMMITTED \+.* version 1$/, /^seen live \+/];
      assert.equal(steps.length, 4, steps.join('; '));
      for (const pattern of patterns)
        assert.ok(
          steps.some((step) => pattern.test(step)),
          `${pattern}: ${steps}`,
        );
      await product(page, 'Cork mat').getByText('12.25', { exact: true }).waitFor();
      assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), '');
    }));

  test('a product is edited, and deleted after asking twice', async () => {
    await create('Grey gate');
    await visit('/live', async (page) => {
      await isLive(page);
      await button(page, 'Edit Grey gate').click();
      await page.getByRole('heading', { name: 'Edit Grey gate' }).waitFor();
      await fill(page, { Name: 'Green gate', Price: '77' });
      await button(page, 'Save changes').click();
      await product(page, 'Green gate').getByText('version 2', { exact: true }).waitFor();
      await command(page, 'Update Grey gate').getByText('version 2').waitFor();
      await page.getByRole('heading', { name: 'Create a product' }).waitFor();

      await button(page, 'Delete Green gate').click();
      const really = page.getByRole('button', { name: 'Really delete?' });
      await really.press('Escape');
      await button(page, 'Delete Green gate').click();
      await really.click();
      await gone(product(page, 'Green gate'));
      await command(page, 'Delete Green gate').getByText('seen live').waitFor();
    });
  });

  test('what is refused is said at its field, and the first of them has the focus', () =>
    visit(
      '/live',
      async (page) => {
        await isLive(page);
        await fill(page, { Name: 'Tin tray', Description: ' ', Price: 'cheap' });
        await button(page, 'Create product').click();
        const description = page.getByLabel('Description', { exact: true });
        const price = page.getByLabel('Price', { exact: true });
        await page.locator('#description-problem').getByText('the description is empty').waitFor();
        await page.locator('#price-problem').getByText('the price is not a decimal number').waitFor();
        for (const field of [description, price]) assert.equal(await field.getAttribute('aria-invalid'), 'true');
        assert.equal(await price.getAttribute('aria-describedby'), 'price-problem');
        assert.equal(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), null);
        assert.equal(await page.evaluate('document.activeElement.id'), 'description');
        await fill(page, { Description: 'Dented.', Price: '3' });
        await button(page, 'Create product').click();
        await product(page, 'Tin tray').waitFor();
        assert.equal(await page.locator('#price-problem').innerText(), '');
      },
      { mayRefuse: '/graphql' },
    ));

  test('an edit of a version that is no longer the last is refused, and the new state is offered', async () => {
    const id = await create('Slate sign');
    await visit('/live', async (page) => {
      await isLive(page);
      await button(page, 'Edit Slate sign').click();
      await change(id, { description: 'Changed elsewhere.' });
      await page.getByRole('alert').getByText('It has version 2 meanwhile.').waitFor();
      await fill(page, { Price: '5' });
      await button(page, 'Save changes').click();
      await command(page, 'Update Slate sign')
        .getByText('VERSION_CONFLICT: the product has version 2, not 1')
        .waitFor();
      await page.getByRole('alert').getByText('Not saved: the product has version 2, not 1.').waitFor();

      await button(command(page, 'Update Slate sign'), 'Load the new state').click();
      await page.getByText('from version 2').waitFor();
      assert.equal(await page.getByLabel('Description', { exact: true }).inputValue(), 'Changed elsewhere.');
      await fill(page, { Price: '5' });
      await button(page, 'Save changes').click();
      await product(page, 'Slate sign').getByText('version 3', { exact: true }).waitFor();
    });
  });

  test('what happens while it is disconnected is caught up, and nothing is missed', async () => {
    const id = await create('Dry dock');
    await visit('/live', async (page) => {
      await isLive(page);
      await product(page, 'Dry dock').waitFor();
      await button(page, 'Disconnect for a while').click();
      await page.getByText('Paused', { exact: true }).waitFor();
      await change(id, { price: 1 });
      await change(id, { price: 2 });
      await create('Moored boat');
      await product(page, 'Dry dock').getByText('version 1', { exact: true }).waitFor();
      assert.equal(await product(page, 'Moored boat').count(), 0);

      await button(page, 'Reconnect').click();
      await page.getByText('3 events caught up, none missed.').first().waitFor();
      await product(page, 'Dry dock').getByText('version 3', { exact: true }).waitFor();
      await product(page, 'Moored boat').waitFor();
      const announced = page.getByRole('status').filter({ hasText: '3 events caught up, none missed.' });
      await announced.waitFor();
      await change(id, null);
      await gone(product(page, 'Dry dock'));
      assert.match(await page.locator('#caught-up').innerText(), /^3 events/);
    });
  });

  test('a command that is sent while disconnected tells its outcome afterwards', () =>
    visit('/live', async (page) => {
      await isLive(page);
      await button(page, 'Disconnect for a while').click();
      await fill(page, { Name: 'Late lamp', Description: 'Lit later.', Price: '8' });
      await button(page, 'Create product').click();
      await command(page, 'Create Late lamp').getByText('accepted').waitFor();
      await button(page, 'Reconnect').click();
      await command(page, 'Create Late lamp').getByText('COMMITTED').waitFor();
      await command(page, 'Create Late lamp').getByText('seen live').waitFor();
      await product(page, 'Late lamp').waitFor();
    }));

  test('a gateway that restarts is come back to without a hand, and nothing is missed', async () => {
    const id = await create('Pine pole');
    await visit('/live', async (page) => {
      const connections: WebSocketRoute[] = [];
      const changed = Promise.withResolvers<void>();
      await between(page, async (connection) => {
        connections.push(connection);
        if (connections.length > 1) await changed.promise;
        connection.connectToServer();
      });
      await product(page, 'Pine pole').waitFor();
      await connections[0]!.close({ code: 1012, reason: 'Going away' });
      await page.getByText('The gateway restarts.').first().waitFor();
      await change(id, { price: 9 });
      changed.resolve();
      await page.getByText('1 event caught up, none missed.').first().waitFor();
      await product(page, 'Pine pole').getByText('version 2', { exact: true }).waitFor();
      assert.equal(connections.length, 2);
    });
  });

  test('a connection that is ended for good stays ended until a hand reconnects it', async () => {
    await create('Last ladle');
    await visit('/live', async (page) => {
      const connections: WebSocketRoute[] = [];
      await between(page, (connection) => {
        connections.push(connection);
        connection.connectToServer();
      });
      await connections[0]!.close({ code: 4403, reason: 'Forbidden' });
      await page.getByText('Stopped', { exact: true }).waitFor();
      await page.getByText('Your permission to watch has ended').first().waitFor();
      await button(page, 'Reconnect').click();
      await isLive(page);
      assert.equal(connections.length, 2);
    });
  });

  test('when the gateway no longer keeps the events, the list is loaded anew and that is said', async () => {
    const [kept, dropped] = [await create('Kept kite'), await create('Dropped drum')];
    await visit('/live', async (page) => {
      let isExpired = false;
      await between(page, (connection) => {
        const gateway = connection.connectToServer();
        connection.onMessage((text) => {
          const { id, type, payload } = JSON.parse(String(text));
          if (type !== 'subscribe' || !isExpired || !payload.variables.after) return gateway.send(text);
          isExpired = false;
          const error = { message: 'The cursor is too old', extensions: { code: 'CURSOR_EXPIRED' } };
          connection.send(JSON.stringify({ id, type: 'error', payload: [error] }));
        });
      });
      await product(page, 'Dropped drum').waitFor();
      await button(page, 'Disconnect for a while').click();
      await change(kept, { price: 6 });
      await change(dropped, null);
      isExpired = true;
      await button(page, 'Reconnect').click();
      await page.getByText('the list was loaded anew').first().waitFor();
      await product(page, 'Kept kite').getByText('version 2', { exact: true }).waitFor();
      await gone(product(page, 'Dropped drum'));
      await change(kept, { price: 7 });
      await product(page, 'Kept kite').getByText('version 3', { exact: true }).waitFor();
    });
  });

  test('the keyboard is enough to create a product', () =>
    visit('/live', async (page) => {
      await isLive(page);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the form');
      await page.keyboard.press('Enter');
      await page.keyboard.type('Typed teapot');
      await page.keyboard.press('Tab');
      await page.keyboard.type('Without a mouse.');
      await page.keyboard.press('Tab');
      await page.keyboard.type('21');
      await page.keyboard.press('Enter');
      await product(page, 'Typed teapot').waitFor();
      assert.equal(await page.evaluate('document.activeElement.id'), 'name');
    }));

  test('the focus stays near when what had it vanishes', async () => {
    const [id] = [await create('Fading fan'), await create('Firm fork')];
    await visit('/live', async (page) => {
      await isLive(page);
      await button(page, 'Edit Fading fan').focus();
      await change(id, null);
      await gone(product(page, 'Fading fan'));
      const list = await page.evaluate<boolean>('document.querySelector("#products").contains(document.activeElement)');
      assert.equal(list, true);
    });
  });

  test('it fits on a phone, and does not move for who wants stillness', () =>
    visit(
      '/live',
      async (page) => {
        await isLive(page);
        const id = await create('Narrow nail with a name that is longer than the screen of any phone is wide');
        await product(page, 'Narrow nail').waitFor();
        await button(page, 'Disconnect for a while').click();
        await page.getByText('Paused', { exact: true }).waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), PHONE.viewport.width);
        assert.equal(await page.evaluate('document.getAnimations().length'), 0);
        await button(page, 'Reconnect').click();
        await isLive(page);
        await change(id, null);
        await gone(product(page, 'Narrow nail'));
      },
      { ...PHONE, reducedMotion: 'reduce' },
    ));
}
