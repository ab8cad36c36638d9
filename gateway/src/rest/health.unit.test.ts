import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApi } from '../testing/fake-graph.ts';
import { createHealth } from './health.ts';
import { healthBody } from './schemas.ts';

test('health says of each part whether it is there, to any method, and not where it is', async () => {
  const { app } = createApi({}, [
    { name: 'gateway', checks: [{ name: 'events tail', check: () => null }] },
    { name: 'products-query', checks: [{ name: 'reader', check: () => 'no answer from 10.0.0.7:5003' }] },
  ]);
  for (const url of ['/health', '/api/v1/products/health']) {
    const response = await app.inject({ url });
    assert.equal(response.statusCode, 503);
    assert.deepEqual(healthBody.parse(response.json()), {
      status: 'unavailable',
      parts: [
        { name: 'gateway', status: 'ok', checks: { 'events tail': 'ok' } },
        { name: 'products-query', status: 'unavailable', checks: { reader: 'unavailable' } },
      ],
    });
    assert.ok(!response.body.includes('10.0.0.7'));
  }
});

test('health answers every method', async () => {
  const { app } = createApi({}, [{ name: 'gateway', checks: [] }]);
  for (const url of ['/health', '/api/v1/products/health']) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      const response = await app.inject({ method, url, ...(method === 'POST' && { payload: 'x' }) });
      assert.equal(response.statusCode, 200, `${method} ${url}`);
    }
  }
});

test('many callers at once cost one round of checks', async () => {
  let rounds = 0;
  const check = () => {
    rounds += 1;
    return null;
  };
  let now = 0;
  const health = createHealth([{ name: 'gateway', checks: [{ name: 'counted', check }] }], () => now);
  await Promise.all([health(), health(), health()]);
  assert.equal(rounds, 1);
  now += 1_000;
  await health();
  assert.equal(rounds, 2);
});
