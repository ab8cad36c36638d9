import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { startEmbedded } from './embedded.ts';

const system = await startEmbedded();
after(() => system.discard());

/** GET takes a header that only the own pages of a site can send: no other site can make a browser send a query. */
const REFUSED_FOR_SAFETY = ['5A70', '6A70', 'D6D5'];

describe('the audits of GraphQL over HTTP', () => {
  const audits = serverAudits({ url: `${system.url}/graphql` });

  test('are as many as were known when this was written', () => {
    const required = audits.filter(({ name }) => /^(MUST|SHOULD)\b/.test(name));
    assert.ok(required.length >= 35, `only ${required.length}`);
  });

  for (const { id, name, fn } of audits) {
    test(`${id} ${name}`, async () => {
      const result = await fn();
      if (REFUSED_FOR_SAFETY.includes(id)) {
        assert.equal(result.status, 'notice', 'it is answered now: take it off the list');
        assert.equal(result.response.status, 400);
      } else assert.equal(result.status, 'ok', result.status === 'ok' ? '' : result.reason);
    });
  }
});

describe('queries by GET', () => {
  const address = new URL(`${system.url}/graphql`);
  address.searchParams.set('query', 'query Name($name: String!) { __type(name: $name) { name } }');
  address.searchParams.set('variables', JSON.stringify({ name: 'Product' }));

  for (const accept of ['application/json', 'application/graphql-response+json']) {
    test(`are answered as ${accept} to who sends a header that needs a preflight`, async () => {
      const response = await fetch(address, { headers: { accept, 'apollo-require-preflight': 'true' } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type')?.split(';')[0], accept);
      assert.deepEqual(await response.json(), { data: { __type: { name: 'Product' } } });
    });
  }
});
