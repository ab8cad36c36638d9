import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import fastify from 'fastify';
import { createHealth } from './health.ts';
import { registerRest } from './routes.ts';
import { healthBody } from './schemas.ts';

test('health says of each part whether it is there, to any method, and not where it is', async () => {
  let missing: string | null = null;
  let now = 0;
  const app = fastify();
  registerRest(app, {
    logger: silentLogger(),
    execute: () => Promise.reject(new Error('not used')),
    checks: [
      { name: 'events tail', check: () => null },
      { name: 'products-query', check: () => missing },
    ],
    now: () => now,
  });
  for (const url of ['/health', '/api/v1/products/health']) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'HEAD'] as const) {
      const response = await app.inject({ method, url, ...(method === 'POST' && { payload: 'x' }) });
      assert.equal(response.statusCode, 200, `${method} ${url}`);
    }
  }
  missing = 'no answer from 10.0.0.7:4102';
  now += 2_000;
  const response = await app.inject({ url: '/health' });
  assert.equal(response.statusCode, 503);
  assert.deepEqual(healthBody.parse(response.json()), {
    status: 'unavailable',
    checks: { 'events tail': 'ok', 'products-query': 'unavailable' },
  });
});

test('many callers at once cost one round of checks', async () => {
  let rounds = 0;
  const checks = [
    {
      name: 'counted',
      check: () => {
        rounds += 1;
        return null;
      },
    },
  ];
  let now = 0;
  const health = createHealth(checks, () => now);
  await Promise.all([health(), health(), health()]);
  assert.equal(rounds, 1);
  now += 1_000;
  await health();
  assert.equal(rounds, 2);
});
