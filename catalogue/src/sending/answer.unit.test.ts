import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type HttpAnswer, type RowAnswer, readAnswer } from './answer.ts';

const shape = z.object({ n: z.number() }).nullable();

function read(body: unknown, http: Partial<HttpAnswer> = {}): RowAnswer<{ n: number } | null>[] {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readAnswer({ endpoint: 'http://gateway/graphql', status: 200, retryAfterMs: 0, text, ...http }, 2, shape);
}
const troubles = (answers: RowAnswer<unknown>[]) => answers.map((answer) => 'trouble' in answer && answer.trouble);

test('each row gets its field', () => {
  assert.deepEqual(read({ data: { p1: null, p0: { n: 1 } } }), [{ value: { n: 1 } }, { value: null }]);
});

test('an error of one row refuses that row, and leaves open what it took the answers of', () => {
  const problems = [{ message: 'too long' }, { message: 'no decimal' }];
  const error = { message: 'bad', path: ['p1'], extensions: { code: 'BAD_USER_INPUT', problems } };
  const refused = { refused: { code: 'BAD_USER_INPUT', reason: 'too long; no decimal' } };
  const open = { trouble: { ...refused.refused, retryAfterMs: 0 } };
  assert.deepEqual(read({ errors: [error], data: null }, { status: 400 }), [open, refused]);
  assert.deepEqual(read({ errors: [error], data: { p0: { n: 1 }, p1: null } }), [{ value: { n: 1 } }, refused]);
});

test('an error is not taken for a product that is not there', () => {
  const error = { message: 'away', path: ['p0'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } };
  assert.deepEqual(read({ errors: [error], data: { p0: null, p1: { n: 2 } } }), [
    { trouble: { code: 'SUBGRAPH_UNAVAILABLE', reason: 'away', retryAfterMs: 0 } },
    { value: { n: 2 } },
  ]);
});

test('what passes is trouble of all rows, with the time to wait', () => {
  const unavailable = { errors: [{ message: 'the log is away', path: ['p0'], extensions: { code: 'UNAVAILABLE' } }] };
  const expected = { code: 'UNAVAILABLE', reason: 'the log is away', retryAfterMs: 2_000 };
  assert.deepEqual(troubles(read(unavailable, { status: 503, retryAfterMs: 2_000 })), [expected, expected]);
  for (const [status, body] of [
    [502, '<html>'],
    [503, ''],
    [429, 'slowly'],
    [500, {}],
  ] as const)
    assert.deepEqual(troubles(read(body, { status }))[1], {
      code: 'NO_ANSWER',
      reason: `HTTP ${status}`,
      retryAfterMs: 0,
    });
});

test('what no retry can help ends the import in one sentence', () => {
  const error = (code: string) => ({ errors: [{ message: 'Cannot query field', extensions: { code } }] });
  const isRefused = /^ImportError: http:\/\/gateway\/graphql refuses the operation: Cannot query field$/;
  for (const code of ['GRAPHQL_VALIDATION_FAILED', 'UNAUTHENTICATED', 'FORBIDDEN'])
    assert.throws(() => read(error(code)), isRefused);
  assert.throws(() => read(error('SOMETHING_ELSE'), { status: 413 }), isRefused);
  const isNoGateway = /answers HTTP \d+, but not as Tributary's gateway does/;
  for (const [status, body] of [
    [200, '<html>'],
    [200, {}],
    [200, []],
    [404, { status: 404, error: 'Not Found', message: 'no such page' }],
  ] as const)
    assert.throws(() => read(body, { status }), isNoGateway);
});
