import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { newTraceContext, silentLogger, traceIdOf } from '@tributary/service';
import fastify, { type FastifyInstance } from 'fastify';
import { registerPages } from './index.ts';

const trace = newTraceContext();
const PAGES = ['/', '/live', '/graphiql', '/docs', '/sandbox'];
let app: FastifyInstance;

before(() => {
  app = pagesWith(9400);
});
after(() => app.close());

function pagesWith(adminPort: number | null): FastifyInstance {
  const app = fastify({ genReqId: () => 'request-1' });
  app.addHook('onRequest', async (request) => {
    request.trace = trace;
  });
  const execute = () => Promise.reject(new Error('pages run no operations'));
  app.register((scope) =>
    registerPages(scope, { execute, logger: silentLogger(), checks: [], parts: [], config: { adminPort } }),
  );
  return app;
}

/** What a page makes the browser load at once. */
function loadedBy(html: string): string[] {
  return [...html.matchAll(/<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
}

describe('each page', () => {
  for (const path of PAGES) {
    test(`${path} is HTML with a title, an icon and a policy that allows no inline script`, async () => {
      const response = await app.inject({ url: path });
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers['content-type'], 'text/html; charset=utf-8');
      assert.match(response.body, /<title>[^<]*Tributary<\/title>/);
      assert.match(response.body, /<html lang="en">/);
      assert.match(response.body, /rel="icon"/);
      const policy = String(response.headers['content-security-policy']);
      const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.ok(!scripts.includes('unsafe'), scripts);
      assert.equal(response.headers['x-content-type-options'], 'nosniff');
      assert.equal(response.headers['x-frame-options'], 'DENY');
      assert.equal(response.headers['referrer-policy'], path === '/sandbox' ? 'strict-origin' : 'no-referrer');
      assert.doesNotMatch(response.body, /<script(?![^>]*\bsrc=)|\son\w+="|javascript:|style="/);
      assert.doesNotMatch(response.body, /%[A-Z_]+%/);
    });

    test(`${path} loads nothing but files of its own that are there`, async () => {
      const { body, headers } = await app.inject({ url: path });
      const files = loadedBy(body);
      assert.ok(files.length >= 3);
      for (const file of files) {
        assert.match(file, /^\/(?!\/)/);
        assert.equal((await app.inject({ url: file })).statusCode, 200, file);
      }
      const hosts = String(headers['content-security-policy']).match(/https?:[^\s;]+/g) ?? [];
      assert.equal(hosts.length, path === '/sandbox' ? 2 : 0);
    });
  }

  test('every module that a script imports is there', async () => {
    const scripts = ['home.js', 'live.js'];
    for (const name of scripts) {
      const { statusCode, headers, body } = await app.inject({ url: `/assets/${name}` });
      assert.equal(statusCode, 200, name);
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
      for (const [, imported = ''] of body.matchAll(/^import .* from '\.\/([\w.-]+)';$/gm))
        if (!scripts.includes(imported)) scripts.push(imported);
      assert.equal(body.match(/^import /gm)?.length ?? 0, body.match(/^import .* from '\.\//gm)?.length ?? 0, name);
    }
    assert.ok(scripts.includes('graphql-socket.js'));
  });

  test('only the sandbox names other hosts', async () => {
    for (const file of ['home', 'live', 'graphql-socket', 'graphql-request', 'graphiql', 'docs', 'sandbox']) {
      const { body } = await app.inject({ url: `/assets/${file}.js` });
      assert.equal(/https?:\/\//.test(body), file === 'sandbox', file);
    }
    for (const file of ['page', 'home', 'live', 'graphiql', 'docs', 'sandbox']) {
      const { body, headers } = await app.inject({ url: `/assets/${file}.css` });
      assert.doesNotMatch(body, /@import|url\(/, file);
      assert.equal(headers['content-type'], 'text/css; charset=utf-8');
    }
  });
});

describe('files', () => {
  test('a file that the browser has is 304', async () => {
    const first = await app.inject({ url: '/assets/home.css' });
    const etag = String(first.headers.etag);
    assert.match(etag, /^"[\w-]{22}"$/);
    const again = await app.inject({ url: '/assets/home.css', headers: { 'if-none-match': `W/${etag}` } });
    assert.equal(again.statusCode, 304);
    assert.equal(again.body, '');
    assert.equal((await app.inject({ url: '/assets/home.css', headers: { 'if-none-match': '"x"' } })).statusCode, 200);
  });

  test('a file is compressed for who takes it so', async () => {
    const plain = await app.inject({ url: '/graphiql/graphiql.js' });
    assert.equal(plain.headers['content-encoding'], undefined);
    const compressed = await app.inject({ url: '/graphiql/graphiql.js', headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(compressed.headers['content-encoding'], 'gzip');
    assert.equal(compressed.headers.vary, 'accept-encoding');
    assert.ok(compressed.rawPayload.length < plain.rawPayload.length / 3);
    assert.equal(gunzipSync(compressed.rawPayload).toString(), plain.body);
  });

  test("GraphiQL's workers and styles are served", async () => {
    for (const file of ['editor.worker.js', 'json.worker.js', 'graphql.worker.js', 'graphiql.css'])
      assert.equal((await app.inject({ url: `/graphiql/${file}` })).statusCode, 200, file);
  });
});

describe('the home page', () => {
  test('links to the metrics where there is an admin port', async () => {
    assert.match((await app.inject({ url: '/' })).body, /data-port="9400"/);
    const without = pagesWith(null);
    assert.match((await without.inject({ url: '/' })).body, /data-port=""/);
    await without.close();
  });

  test('links lead to pages of this gateway', async () => {
    const { body } = await app.inject({ url: '/' });
    const links = [...body.matchAll(/<a\b[^>]*href="([^"]+)"/g)].map((match) => match[1]!);
    const elsewhere = ['/openapi.json', '/health', '/api/v1/products/search'];
    for (const link of links.filter((link) => link.startsWith('/') && !elsewhere.includes(link)))
      assert.equal((await app.inject({ url: link })).statusCode, 200, link);
  });
});

describe('what is nowhere', () => {
  test('is a page for browsers and the error body for programs', async () => {
    const page = await app.inject({ url: '/nowhere', headers: { accept: 'text/html,*/*;q=0.8' } });
    assert.equal(page.statusCode, 404);
    assert.match(page.body, /<title>Not found/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    for (const request of [
      { url: '/nowhere' },
      { url: '/nowhere', headers: { accept: 'application/json' } },
      { url: '/', method: 'POST' as const, headers: { accept: 'text/html' } },
    ]) {
      const answer = await app.inject(request);
      assert.equal(answer.statusCode, 404);
      assert.equal(answer.json().error, 'ROUTE_NOT_FOUND');
      assert.equal(answer.json().requestId, 'request-1');
      assert.equal(answer.json().traceId, traceIdOf(trace));
    }
  });
});
