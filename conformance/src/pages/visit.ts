import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface VisitOptions extends BrowserContextOptions {
  /** A prefix of addresses elsewhere that the page may ask; it gets no answer. */
  readonly asksElsewhere?: string;
  /** A path of the gateway that may answer 400: the user gives it what it refuses, to see that. */
  readonly mayRefuse?: string;
}

/** Opens a page in a browser of its own, does what a user does there, and fails on whatever goes wrong unseen. */
export type Visit = (path: string, user: (page: Page) => Promise<void>, options?: VisitOptions) => Promise<void>;

/** What a user waits for at most. */
const PATIENCE_MS = 30_000;

export function createVisit(browser: Browser, url: string): Visit {
  return async (path, user, { asksElsewhere, mayRefuse, ...options } = {}) => {
    const context = await browser.newContext({ baseURL: url, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const troubles: string[] = [];
    const isExpected = (address: string) => asksElsewhere !== undefined && address.startsWith(asksElsewhere);
    const isRefusal = (address: string, status: string) =>
      mayRefuse !== undefined && address === `${url}${mayRefuse}` && status.includes('400');
    // Nothing leaves this machine, whether the internet could be reached or not.
    await context.route(
      (address) => address.origin !== url && address.protocol !== 'data:' && address.protocol !== 'blob:',
      async (route) => {
        const address = route.request().url();
        if (!isExpected(address)) troubles.push(`asked elsewhere: ${address}`);
        await route.abort('internetdisconnected');
      },
    );
    context.on('console', (message) => {
      const from = message.location().url;
      if (['error', 'warning'].includes(message.type()) && !isExpected(from) && !isRefusal(from, message.text()))
        troubles.push(`on the console: ${message.text()} (${from})`);
    });
    context.on('weberror', (error) => troubles.push(`thrown: ${error.error().message}`));
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText;
      // Given up because the user went on to another page.
      if (reason === 'net::ERR_ABORTED' || isExpected(request.url())) return;
      troubles.push(`failed: ${request.url()} ${reason}`);
    });
    context.on('response', (response) => {
      const status = response.status();
      if (status >= 400 && !isRefusal(response.url(), String(status)))
        troubles.push(`answered ${status}: ${response.url()}`);
    });
    try {
      const page = await context.newPage();
      await page.goto(path);
      await user(page).catch((error: unknown) => {
        throw troubles.length > 0 ? new Error(`${path}: ${troubles.join('; ')}`, { cause: error }) : error;
      });
      assert.deepEqual(troubles, []);
    } finally {
      await context.close();
    }
  };
}

/** The text of a locator as people read it: editors write blanks as no-break spaces. */
export function readable(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
