import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { rest } from '@tributary/e2e';
import { requireChromium } from '@tributary/engines';
import { chromium } from 'playwright-core';
import { startEmbedded } from './embedded.ts';
import { docsScenarios } from './pages/docs.ts';
import { elsewhereScenarios, startSite } from './pages/elsewhere.ts';
import { graphiqlScenarios } from './pages/graphiql.ts';
import { homeScenarios } from './pages/home.ts';
import { liveScenarios } from './pages/live.ts';
import { narrowScenarios } from './pages/narrow.ts';
import { sandboxScenarios } from './pages/sandbox.ts';
import { createVisit } from './pages/visit.ts';

const [shop, other] = [await startSite(), await startSite()];
after(() => {
  for (const site of [shop, other]) site.close();
});
const system = await startEmbedded('--allow-origin', shop.origin);
after(() => system.discard());
// Chromium's own sandbox refuses root, and the pages are our own.
const browser = await chromium.launch({ executablePath: await requireChromium(), args: ['--no-sandbox'] });
after(() => browser.close());

const visit = createVisit(browser, system.url);

/** Makes a product behind the back of the page, and tells its id. */
async function create(name: string): Promise<string> {
  const product = { name, description: 'Seen in a browser.', price: 35.25 };
  return (await rest<{ productId: string }>(system.url, 'POST', '/api/v1/products', product)).body.productId;
}

/** Changes a product behind the back of the page, or with null deletes it. */
async function change(id: string, product: Readonly<Record<string, unknown>> | null): Promise<void> {
  const answer = await rest(system.url, product ? 'PUT' : 'DELETE', `/api/v1/products/${id}`, product ?? undefined);
  assert.equal(answer.status, 200, answer.text);
}

describe('the home page', () => homeScenarios(visit));
describe('the live catalogue', () => liveScenarios(visit, { create, change }));
describe('GraphiQL', () => graphiqlScenarios(visit, create));
describe('Swagger UI', () => docsScenarios(visit));
describe('Apollo Sandbox', () => sandboxScenarios(visit));
describe('on a phone', () => narrowScenarios(visit));
describe('pages of other origins', () =>
  elsewhereScenarios(browser, system.url, { allowed: shop.origin, other: other.origin }));
