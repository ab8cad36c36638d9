import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { getIntrospectionQuery } from 'graphql';
import { readAnswer, testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';

const QUERY = `{ product(id: "${PRODUCT_ID}") { id } }`;

test('requests that cannot be read get a GraphQL answer that says why', async (t) => {
  const gateway = await testGateway(t);
  const cases = [
    ['malformed JSON', '{"query": ', {}, 400],
    ['NaN in the variables', `{"query": "{ __typename }", "variables": {"a": NaN}}`, {}, 400],
    ['an empty body', '', {}, 400],
    ['another content type', QUERY, { 'content-type': 'application/xml' }, 415],
    ['plain text', JSON.stringify({ query: QUERY }), { 'content-type': 'text/plain' }, 415],
    ['a list', '[]', {}, 400],
    ['no query', '{"operationName": "a"}', {}, 400],
    ['a query that is no text', '{"query": 1}', {}, 400],
    ['a prototype', `{"query": "{ __typename }", "__proto__": {}}`, {}, 400],
    ['text that is no UTF-8', Buffer.from(`{"query": "{ __typename } #\xff"}`, 'latin1'), {}, 400],
    ['2 MiB and more', JSON.stringify({ query: QUERY, a: 'x'.repeat(2 * 1024 * 1024) }), {}, 413],
  ] as const;
  for (const [what, text, headers, expected] of cases) {
    const { status, body, headers: answered } = await gateway.post(text, headers);
    assert.equal(status, expected, what);
    assert.match(String(answered.get('content-type')), /^application\/json/, what);
    assert.equal(typeof body.errors[0].message, 'string', what);
    assert.ok(answered.get('x-request-id'), what);
    assert.deepEqual(Object.keys(body), ['errors'], what);
    assert.doesNotMatch(body.errors[0].message, /node_modules|file:|FST_|at position/, what);
  }
});

test('another method is told which ones there are', async (t) => {
  const gateway = await testGateway(t);
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await fetch(`${gateway.url}/graphql`, { method }).then(readAnswer);
    assert.equal(answer.status, method === 'OPTIONS' ? 204 : 405, method);
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, OPTIONS', method);
    if (method !== 'OPTIONS') assert.equal(answer.body.errors[0].extensions.code, 'BAD_REQUEST');
  }
});

test('a browser that opens the address is shown the explorer', async (t) => {
  const gateway = await testGateway(t);
  const open = (query: string, accept: string) =>
    fetch(`${gateway.url}/graphql${query}`, { headers: { accept }, redirect: 'manual' });
  const opened = await open('', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
  assert.deepEqual([opened.status, opened.headers.get('location')], [303, '/graphiql']);
  assert.equal((await open('?query={__typename}', 'text/html')).status, 400);
  assert.equal((await open('', 'application/json')).status, 400);
});

test('documents that cannot be run are the client’s fault', async (t) => {
  const gateway = await testGateway(t);
  for (const [body, code] of [
    [{ query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    [{ query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: 'query A { __typename } query B { __typename }' }, 'OPERATION_RESOLUTION_FAILURE'],
    [{ query: 'query A { __typename }', operationName: 'B' }, 'OPERATION_RESOLUTION_FAILURE'],
    [{ query: 'subscription { productCreated { id } }' }, 'BAD_REQUEST'],
  ] as const) {
    const answer = await gateway.post(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.body.errors[0].extensions.code, code);
  }
});

test('a page of another site cannot make a browser send an operation', async (t) => {
  const gateway = await testGateway(t);
  const get = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/graphql?query=${encodeURIComponent(QUERY)}`, { headers }).then(readAnswer);
  assert.equal((await get({})).status, 400);
  assert.equal((await get({ 'apollo-require-preflight': '1' })).body.data.product.id, PRODUCT_ID);
  const mutation = 'mutation { deleteProduct(input: {id: "x"}) { productId } }';
  const byGet = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(mutation)}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  assert.equal(byGet.status, 405);
  for (const contentType of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
    const { status } = await gateway.post(JSON.stringify({ query: QUERY }), { 'content-type': contentType });
    assert.equal(status, 415, contentType);
  }
  assert.equal(gateway.commands.requests.length, 0);
});

test('operations beyond the limits are refused before they are planned', async (t) => {
  const gateway = await testGateway(t);
  const fields = (count: number) =>
    Array.from({ length: count }, (_, n) => `f${n}: product(id: "${PRODUCT_ID}") { id }`).join(' ');
  const spread = `query { ...A ...A ...A } fragment A on Query { ${fields(10)} }`;
  const nested = (levels: number) =>
    `{ product(id: "${PRODUCT_ID}") { ${'... on Product { '.repeat(levels)} id ${'} '.repeat(levels)} } }`;
  const introspection = `{ __schema { types ${'{ fields { type '.repeat(8)} { name } ${'} }'.repeat(8)} } }`;
  for (const [query, expected] of [
    [`{ ${fields(25)} }`, 200],
    [`{ ${fields(26)} }`, 400],
    [spread, 400],
    [nested(200), 200],
    [`{ product(id: "x") { ${Array.from({ length: 51 }, (_, n) => `a${n}: id`).join(' ')} } }`, 400],
    [
      `{ product(id: "x") { ...A } } fragment A on Product { ${Array.from({ length: 51 }, (_, n) => `a${n}: id`).join(' ')} }`,
      400,
    ],
    [`{ product(id: "x") { ${'id '.repeat(2_000)} } }`, 400],
    [`{ __typename } #${'x'.repeat(50_000)}`, 400],
    [introspection, 400],
    ['fragment A on Query { ...B } fragment B on Query { ...A } { ...A }', 400],
  ] as const) {
    const before = gateway.queries.requests.length;
    const { status, body } = await gateway.post({ query });
    assert.equal(status, expected, query.slice(0, 80));
    if (expected === 400) {
      assert.equal(gateway.queries.requests.length, before);
      assert.ok(body.errors.length < 20);
    }
  }
});

test('the tokens of a document are counted', async (t) => {
  const gateway = await testGateway(t, { limits: { tokens: 11 } });
  assert.equal((await gateway.post({ query: '{ product(id: "x") { id } }' })).status, 200);
  const { status, body } = await gateway.post({ query: '{ product(id: "x") { id name } }' });
  assert.equal(status, 400);
  assert.match(body.errors[0].message, /more that 11 tokens|more than 11 tokens/);
});

test('depth counts fields, wherever they come from', async (t) => {
  const gateway = await testGateway(t, { limits: { depth: 3 } });
  const shallow = await gateway.post({ query: '{ products { edges { cursor } } }' });
  assert.notEqual(shallow.status, 400);
  const deep = await gateway.post({
    query: '{ ...A } fragment A on Query { products { edges { node { ...B } } } } fragment B on Product { id }',
  });
  assert.equal(deep.status, 400);
  assert.match(deep.body.errors[0].message, /4 levels/);
});

test('the schema can be asked for, unless that is turned off', async (t) => {
  const open = await testGateway(t);
  const query = '{ __schema { subscriptionType { fields { name } } } }';
  const { body } = await open.post({ query });
  assert.ok(body.data.__schema.subscriptionType.fields.some(({ name }: { name: string }) => name === 'commandOutcome'));
  assert.equal((await open.post({ query: getIntrospectionQuery() })).body.errors, undefined);
  const closed = await testGateway(t, { introspection: false });
  assert.equal((await closed.post({ query })).status, 400);
});

test('long answers are compressed for those who ask', async (t) => {
  const gateway = await testGateway(t);
  const body = JSON.stringify({ query: '{ __schema { types { name description } } }' });
  const { encoding, text } = await new Promise<{ encoding: string | undefined; text: string }>((resolve, reject) => {
    request(
      `${gateway.url}/graphql`,
      { method: 'POST', headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' } },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const encoding = response.headers['content-encoding'];
        resolve({ encoding, text: gunzipSync(Buffer.concat(chunks)).toString() });
      },
    )
      .on('error', reject)
      .end(body);
  });
  assert.equal(encoding, 'gzip');
  assert.ok(JSON.parse(text).data.__schema);
});

test('a Host header that is no host is the client’s fault', async (t) => {
  const gateway = await testGateway(t);
  const status = await new Promise((resolve, reject) => {
    request(
      `${gateway.url}/graphql`,
      { method: 'POST', headers: { host: '[', 'content-type': 'application/json' } },
      (response) => resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end(JSON.stringify({ query: QUERY }));
  });
  assert.equal(status, 400);
});

test('a compressed body counts by what it unpacks to', async (t) => {
  const gateway = await testGateway(t);
  const send = async (text: string) =>
    readAnswer(
      await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(text),
      }),
    );
  assert.equal((await send(JSON.stringify({ query: QUERY }))).status, 200);
  assert.equal((await send(JSON.stringify({ query: QUERY, a: 'x'.repeat(20 * 1024 * 1024) }))).status, 413);
});
