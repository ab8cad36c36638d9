import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { createPosition, cursorVariable, cursorVariableOf } from './position.ts';

const takes = (query: string, operationName?: string) => cursorVariable({ query, operationName }, 'after');

test('a subscription takes a cursor by a variable that it declares', () => {
  const declaring = [
    'subscription($after: String) { e(after: $after) }',
    'subscription E($n: Int, $after: String!) { e(after: $after) }',
    'subscription E ( $n: [Int!]! = [1] $in: I = {a: {b: 2}}, $ after\n:\nString ) @d(x: {y: 1}) { e(after: $after) }',
    '# query Q { a }\nsubscription { e }'.replace('n { e', 'n($after: String) { e'),
    'fragment F on T { subscription } subscription E($after: String) { ...F }',
    '\uFEFFsubscription E("a cursor" $after: String) { e }',
  ];
  for (const query of declaring) assert.deepEqual(takes(query), { hasDefault: false }, query);
});

test('what only looks like it takes no cursor', () => {
  const others = [
    '{ subscription(after: 1) { a } }',
    'query Q($after: String) { e(after: $after) }',
    'mutation M($after: String) { e(after: $after) }',
    'subscription E { e }',
    'subscription E($afterwards: String, $n: Int) { e(a: $afterwards, after: $n) }',
    'subscription E { e(after: "$after: String") }',
    'subscription E { e(after: """ " $after: String""") }',
    'subscription E( # $after: String\n $n: Int) { e(n: $n) }',
    'query subscription($after: String) { e }',
    'subscription E { e } fragment F($after: String) on T { a }',
    'fragment subscription on T { a } query Q { e }',
  ];
  for (const query of others) assert.equal(takes(query), null, query);
});

test('of a document of several operations the named one counts', () => {
  const query = 'query Q($after: String) { a } subscription S { e } subscription T($after: String) { e }';
  assert.deepEqual(takes(query, 'T'), { hasDefault: false });
  assert.equal(takes(query, 'S'), null);
  assert.equal(takes(query, 'Q'), null);
  assert.equal(takes(query, 'U'), null);
  assert.equal(takes(query), null);
});

test('a request without a document takes a cursor if its variables name it', () => {
  assert.deepEqual(cursorVariable({ query: '', variables: { after: null } }, 'after'), { hasDefault: false });
  assert.equal(cursorVariable({ query: '', variables: { before: 1 } }, 'after'), null);
  assert.equal(cursorVariable({ query: '' }, 'after'), null);
});

test('a parsed document says the same', () => {
  const of = (query: string) => cursorVariableOf(parse(query), 'after');
  assert.deepEqual(of('subscription($after: String = "x") { e(after: $after) }'), { hasDefault: true });
  assert.deepEqual(of('subscription($n: Int = 1, $after: String) { e(after: $after) }'), { hasDefault: false });
  assert.equal(of('subscription { e }'), null);
  assert.equal(of('query($after: String) { e(after: $after) }'), null);
});

test('a default of the document is kept until the first event', () => {
  assert.deepEqual(takes('subscription($after: String = "x") { e }'), { hasDefault: true });
  assert.deepEqual(takes('subscription($after: [String!]! = "x") { e }'), { hasDefault: true });
  assert.deepEqual(takes('subscription($after: String @d, $n: Int = 1) { e }'), { hasDefault: false });
  const position = createPosition({ variable: 'after', variables: {}, hasDefault: true });
  position.begin('b');
  assert.deepEqual(position.variables(), {});
  position.pass({ cursor: 'p' });
  assert.deepEqual(position.variables(), { after: 'p' });
  position.forget();
  assert.deepEqual(position.variables(), { after: null });
});

test('only the first beginning counts, and only what is a cursor', () => {
  const position = createPosition({ variable: 'after', variables: { after: null, n: 1 }, hasDefault: false });
  for (const none of [undefined, null, '', 7]) position.begin(none);
  assert.deepEqual(position.variables(), { after: null, n: 1 });
  position.begin('b');
  position.begin('c');
  assert.deepEqual(position.variables(), { after: 'b', n: 1 });
  for (const none of [undefined, {}, { cursor: 7 }, { cursor: '' }]) position.pass(none);
  assert.deepEqual(position.variables(), { after: 'b', n: 1 });
  position.forget();
  assert.deepEqual(position.variables(), { n: 1 });
  position.begin('d');
  assert.deepEqual(position.variables(), { after: 'd', n: 1 });
});

test('what the app gave is forgotten with the rest', () => {
  const position = createPosition({ variable: 'after', variables: { after: 'a' }, hasDefault: false });
  position.begin('b');
  assert.deepEqual(position.variables(), { after: 'a' });
  position.forget();
  position.begin('c');
  assert.deepEqual(position.variables(), { after: 'c' });
});
