import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, test } from 'node:test';
import { z } from 'zod';
import { createAdminServer, createRegistry } from '../admin.ts';
import { silentLogger } from '../logger.ts';
import { mayOperate } from './access.ts';
import { OperationError, operation } from './operation.ts';

const abandoned = Promise.withResolvers<void>();
const operations = [
  operation('numbers.count', z.strictObject({ to: z.int().max(5) }), async ({ to }, { progress }) => {
    for (let n = 1; n < to; n++) progress({ n });
    return { counted: to };
  }),
  operation('numbers.refuse', z.strictObject({}), async () => {
    throw new OperationError('NOT_TODAY', 'come again tomorrow');
  }),
  operation('numbers.break', z.strictObject({}), async () => {
    throw new Error('secret host');
  }),
  operation('numbers.wait', z.strictObject({}), async (_, { signal, progress }) => {
    progress('waiting');
    await once(signal, 'abort');
    abandoned.resolve();
  }),
];

async function started(operationsToken?: string) {
  const admin = await createAdminServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    checks: [],
    registry: createRegistry(),
    operations,
    operationsToken,
  });
  after(() => admin.stop());
  return `http://127.0.0.1:${admin.port}`;
}
const url = await started();

async function run(name: string, input: unknown = {}, headers: Record<string, string> = {}, base = url) {
  const response = await fetch(`${base}/operations/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  });
  const lines = (await response.text()).trim().split('\n');
  return { status: response.status, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

test('an operation tells how far it is, then what it came to', async () => {
  assert.deepEqual(await run('numbers.count', { to: 3 }), {
    status: 200,
    lines: [{ progress: { n: 1 } }, { progress: { n: 2 } }, { result: { counted: 3 } }],
  });
});

test('an operation that cannot be done says so with its code, a defect tells nothing of itself', async () => {
  assert.deepEqual((await run('numbers.refuse')).lines, [
    { error: { code: 'NOT_TODAY', message: 'come again tomorrow' } },
  ]);
  assert.deepEqual((await run('numbers.break')).lines, [
    { error: { code: 'INTERNAL', message: "the operation failed: the process's log says why" } },
  ]);
});

test('bad input and unknown operations are refused', async () => {
  const [line] = (await run('numbers.count', { to: 'many' })).lines as [{ error: { code: string; message: string } }];
  assert.equal(line.error.code, 'BAD_INPUT');
  assert.match(line.error.message, /to/);
  const unknown = await run('numbers.divide');
  assert.equal(unknown.status, 404);
  assert.match(JSON.stringify(unknown.lines), /UNKNOWN_OPERATION/);
  const listed = await fetch(`${url}/operations`);
  assert.deepEqual(await listed.json(), { operations: operations.map(({ name }) => name) });
});

test('an operator who goes away aborts what runs', async () => {
  const calling = new AbortController();
  const response = await fetch(`${url}/operations/numbers.wait`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: calling.signal,
  });
  await response.body?.getReader().read();
  calling.abort();
  await abandoned.promise;
});

test('with a token, whoever does not show it is refused', async () => {
  const guarded = await started('s3cret');
  assert.equal((await run('numbers.count', { to: 1 }, {}, guarded)).status, 403);
  assert.equal((await run('numbers.count', { to: 1 }, { authorization: 'Bearer other' }, guarded)).status, 403);
  assert.equal((await run('numbers.count', { to: 1 }, { authorization: 'Bearer s3cret' }, guarded)).status, 200);
});

test('without one, only callers from this machine to a local name are answered', async () => {
  const from = (address: string, host: string) => mayOperate({ address, host, authorization: undefined }, null);
  assert.equal(from('127.0.0.1', '127.0.0.1:9403'), true);
  assert.equal(from('::ffff:127.0.0.1', 'localhost:9403'), true);
  assert.equal(from('::1', '[::1]:9403'), true);
  assert.equal(from('10.0.0.7', '127.0.0.1:9403'), false);
  assert.equal(from('127.0.0.1', 'rebound.example:9403'), false);
  const rebound = request(`${url}/operations/numbers.refuse`, { method: 'POST', headers: { host: 'rebound.example' } });
  rebound.end();
  const [answer] = (await once(rebound, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  assert.equal(answer.statusCode, 403);
});

test('what a page of another origin can send without asking is no input', async () => {
  for (const body of ['{}', undefined, new URLSearchParams({ a: 'b' })]) {
    const response = await fetch(`${url}/operations/numbers.refuse`, { method: 'POST', ...(body && { body }) });
    assert.equal(response.status, 415);
  }
});
