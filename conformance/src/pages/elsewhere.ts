import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Browser } from 'playwright-core';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

/** A site with one empty page. */
export interface Site {
  readonly origin: string;
  close(): void;
}

export async function startSite(): Promise<Site> {
  const server = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><link rel="icon" href="data:,"><title>Shop</title>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What pages of other sites may do at a gateway; the browser asks it, and keeps from them what it does not allow. */
export function elsewhereScenarios(
  browser: Browser,
  gateway: string,
  sites: { readonly allowed: string; readonly other: string },
): void {
  /** Does in a page of the site what the page's own script would do. */
  async function inPageOf<T>(origin: string, script: (gateway: string) => Promise<T>): Promise<T> {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(origin);
      return await page.evaluate(script, gateway);
    } finally {
      await context.close();
    }
  }

  test('a page of an allowed origin creates, reads and deletes, and reads the headers of the answers', async () => {
    const told = await inPageOf(sites.allowed, async (gateway) => {
      const created = await fetch(`${gateway}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
        },
        body: JSON.stringify({
          query:
            'mutation { createProduct(input: {name: "Kettle", description: "Made elsewhere.", price: 9.5}) { productId } }',
        }),
      });
      const { data } = (await created.json()) as { data: { createProduct: { productId: string } } };
      const floor = created.headers.get('x-version-floor');
      const address = `${gateway}/api/v1/products/${data.createProduct.productId}`;
      const read = await fetch(address, { headers: { 'x-version-floor': floor! } });
      const etag = read.headers.get('etag');
      const deleted = await fetch(address, { method: 'DELETE', headers: { 'if-match': etag! } });
      return {
        traceId: created.headers.get('trace-id'),
        name: ((await read.json()) as { name: string }).name,
        etag,
        deleted: deleted.status,
      };
    });
    assert.deepEqual(told, { traceId: TRACE, name: 'Kettle', etag: '"1"', deleted: 200 });
  });

  /** By which ways a page is let follow. */
  const follow = (origin: string) =>
    inPageOf(origin, async (gateway) => {
      const query = 'subscription { productCreated { productId } }';
      const isOpen = (target: EventTarget) =>
        new Promise<boolean>((resolve) => {
          target.addEventListener('open', () => resolve(true));
          target.addEventListener('error', () => resolve(false));
        });
      const stream = async (accept: string) => {
        const leaving = new AbortController();
        const asked = fetch(`${gateway}/graphql${accept === 'text/event-stream' ? '/stream' : ''}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept },
          body: JSON.stringify({ query }),
          signal: leaving.signal,
        });
        const answer = await asked.then(
          ({ status, headers }) => status === 200 && headers.get('x-cursor') !== null,
          () => false,
        );
        leaving.abort();
        return answer;
      };
      return {
        webSocket: await isOpen(new WebSocket(`${gateway.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')),
        eventSource: await isOpen(new EventSource(`${gateway}/graphql/stream?query=${encodeURIComponent(query)}`)),
        events: await stream('text/event-stream'),
        multipart: await stream('multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json'),
      };
    });

  test('a page of an allowed origin follows by every transport', async () => {
    assert.deepEqual(await follow(sites.allowed), {
      webSocket: true,
      eventSource: true,
      events: true,
      multipart: true,
    });
  });

  test('a page of any other origin does none of it', async () => {
    assert.deepEqual(await follow(sites.other), {
      webSocket: false,
      eventSource: false,
      events: false,
      multipart: false,
    });
    const readings = await inPageOf(sites.other, (gateway) =>
      Promise.all(
        ['/api/v1/products/search?search=kettle', '/openapi.json'].map((path) =>
          fetch(`${gateway}${path}`).then(
            () => 'read',
            () => 'kept back',
          ),
        ),
      ),
    );
    assert.deepEqual(readings, ['kept back', 'kept back']);
  });
}
