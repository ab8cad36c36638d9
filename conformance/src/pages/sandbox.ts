import { test } from 'node:test';
import type { Visit } from './visit.ts';

const APOLLO = 'https://embeddable-sandbox.cdn.apollographql.com/';

export function sandboxScenarios(visit: Visit): void {
  test('says that it needs the internet where it cannot load, and what works without', () =>
    visit(
      '/sandbox',
      async (page) => {
        await page.getByRole('heading', { name: 'Apollo Sandbox could not be loaded' }).waitFor();
        await page.getByText("Its script comes from Apollo's servers, and they could not be reached").waitFor();
        await page.getByRole('link', { name: 'Open GraphiQL instead' }).click();
        await page.waitForURL('/graphiql');
        await page.getByText('mutation CreateProduct').waitFor();
      },
      { asksElsewhere: APOLLO },
    ));
}
