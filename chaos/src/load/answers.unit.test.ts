import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Answer, Change } from '../history/entry.ts';
import { graphqlCalls } from './graphql.ts';
import { restCalls } from './rest.ts';

interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Breaks the connection instead. */
  breaks?: boolean;
}

/** A gateway that answers everything alike. */
async function gatewayThat(t: TestContext, { status = 200, headers = {}, body, breaks }: Reply): Promise<string> {
  const server = createServer((request, response) => {
    if (breaks) return request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const update: Change = {
  kind: 'update',
  mark: 'm1',
  wait: true,
  productId: 'p',
  key: 'key-m1',
  expectedVersion: 2,
  content: { name: 'Desk m1', description: 'Oak.', price: '1.50' },
};
const seen = { id: 'p', version: 3, name: 'Desk m1', description: 'Oak.', price: '1.5' };
const told = { kind: 'told', commandId: 'c', productId: 'p', state: 'COMMITTED', version: 3, rejection: null } as const;
const failed = { kind: 'error', message: 'm', commandId: null } as const;

test('what GraphQL answers to a change', async (t) => {
  const command = { id: 'c', state: 'COMMITTED', productId: 'p', version: 3, rejection: null };
  const payload = { command, productId: 'p', version: 3, product: { ...seen, price: '1.5' } };
  const error = (code: string, extensions = {}) => [{ message: 'm', extensions: { code, ...extensions } }];
  const cases: [Reply, Answer][] = [
    [{ body: { data: { payload } } }, { ...told, product: seen }],
    [{ body: { data: { payload: { ...payload, product: null } } } }, { ...told, product: null }],
    [
      { body: { data: { payload: { ...payload, product: null } }, errors: error('STALE_READ') } },
      { ...told, productError: 'STALE_READ' },
    ],
    [
      { status: 503, body: { data: null, errors: error('COMMAND_NOT_CONFIRMED', { commandId: 'c' }) } },
      { ...failed, code: 'COMMAND_NOT_CONFIRMED', status: 503, commandId: 'c' },
    ],
    [
      { status: 503, body: { data: null, errors: error('UNAVAILABLE') } },
      { ...failed, code: 'UNAVAILABLE', status: 503 },
    ],
  ];
  for (const [reply, answer] of cases)
    assert.deepEqual(await graphqlCalls(await gatewayThat(t, reply)).change(update), answer);
});

test('what REST answers to a change', async (t) => {
  const body = { productId: 'p', name: 'Desk m1', description: 'Oak.', price: 1.5 };
  const refusal = (error: string, more = {}) => ({ error, message: 'm', ...more });
  const committed = { ...told, commandId: null, version: null };
  const rejected = (code: string, currentVersion: number | null = null) => ({
    ...told,
    state: 'REJECTED' as const,
    version: null,
    rejection: { code, currentVersion },
  });
  const pending = { commandId: 'c', state: 'PENDING', productId: 'p', version: null, rejection: null };
  const cases: [Reply, Answer][] = [
    [
      { body, headers: { etag: '"3"' } },
      { ...committed, product: seen },
    ],
    [
      { status: 201, body: { productId: 'p' }, headers: { etag: '"1"' } },
      { ...committed, version: 1 },
    ],
    [
      { status: 202, body: pending },
      { ...told, state: 'PENDING', version: null },
    ],
    [{ status: 410, body: refusal('DELETED_SINCE') }, committed],
    [{ status: 404, body: refusal('NOT_FOUND', { commandId: 'c' }) }, rejected('NOT_FOUND')],
    [
      { status: 412, body: refusal('VERSION_CONFLICT', { commandId: 'c', currentVersion: 5 }) },
      rejected('VERSION_CONFLICT', 5),
    ],
    [{ status: 422, body: refusal('IDEMPOTENCY_KEY_REUSED', { commandId: 'c' }) }, rejected('IDEMPOTENCY_KEY_REUSED')],
    [
      { status: 503, body: refusal('COMMAND_NOT_CONFIRMED', { commandId: 'c' }) },
      { ...failed, code: 'COMMAND_NOT_CONFIRMED', status: 503, commandId: 'c' },
    ],
    [
      { status: 500, body: refusal('INTERNAL_SERVER_ERROR') },
      { ...failed, code: 'INTERNAL_SERVER_ERROR', status: 500 },
    ],
  ];
  for (const [reply, answer] of cases)
    assert.deepEqual(await restCalls(await gatewayThat(t, reply)).change(update), answer);
});

test('a connection that breaks is lost, and an answer that cannot be read is an error without a code', async (t) => {
  const broken = await gatewayThat(t, { breaks: true });
  const mute = await gatewayThat(t, { body: {} });
  const garbled = await gatewayThat(t, { body: '<html>' });
  const read = { kind: 'read', productId: 'p', minVersion: null } as const;
  assert.equal((await graphqlCalls(broken).change(update)).kind, 'lost');
  assert.equal((await restCalls(broken).read!(read)).kind, 'lost');
  for (const gateway of [mute, garbled]) {
    const answer = await graphqlCalls(gateway).read!(read);
    assert.deepEqual([answer.kind, 'code' in answer && answer.code], ['error', '']);
  }
});
