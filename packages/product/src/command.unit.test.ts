import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalBodyHash,
  checkCommand,
  type ParsedCommand,
  parseCreate,
  parseDelete,
  parseUpdate,
} from './command.ts';
import { newProductId } from './ids.ts';

const issuer = { caller: 'anonymous', nowMs: 1_700_000_000_000 };
const kettle = { name: 'Kettle', description: 'Boils.', price: '1.50' };

function commandOf(parsed: ParsedCommand) {
  assert(parsed.ok);
  return parsed.command;
}

test('what is accepted here no later layer refuses', () => {
  const id = newProductId();
  for (const parsed of [
    parseCreate(kettle, issuer),
    parseCreate({ ...kettle, price: 2, idempotencyKey: ' key ' }, issuer),
    parseUpdate({ id, price: 3 }, issuer),
    parseUpdate({ id: id.toUpperCase(), expectedVersion: 4 }, issuer),
    parseDelete({ id, idempotencyKey: 'k' }, issuer),
  ])
    assert.equal(checkCommand(commandOf(parsed)), null);
});

test('every problem of an input is told at once, with its path', () => {
  const parsed = parseUpdate({ id: 'x', name: '', price: -1, expectedVersion: 0, idempotencyKey: 7 }, issuer);
  assert(!parsed.ok);
  assert.deepEqual(parsed.problems.map(({ path, code }) => [path.join('.'), code]).sort(), [
    ['expectedVersion', 'NOT_A_VERSION'],
    ['id', 'NOT_AN_ID'],
    ['idempotencyKey', 'NOT_TEXT'],
    ['name', 'TOO_SHORT'],
    ['price', 'NEGATIVE'],
  ]);
});

test('a foreign record is checked like any input', () => {
  const good = commandOf(parseCreate(kettle, issuer));
  for (const bad of [
    { ...good, commandId: 'x' },
    { ...good, productId: good.productId.toUpperCase() },
    { ...good, caller: '' },
    { ...good, body: undefined },
    { ...good, body: { $case: 'create', value: { ...kettle, price: '1.50' } } as const },
    { ...good, body: { $case: 'create', value: { ...kettle, price: '1.5', name: 'a\u0000' } } as const },
  ])
    assert.notEqual(checkCommand(bad), null);
});

test('two commands of one key agree when they ask for the same in any notation', () => {
  const hash = (input: Record<string, unknown>) =>
    canonicalBodyHash(commandOf(parseCreate({ ...kettle, idempotencyKey: 'k', ...input }, issuer))).toString('hex');
  assert.equal(hash({ price: '1.50' }), hash({ price: 1.5 }));
  assert.equal(hash({ name: ' Kettle ' }), hash({}));
  assert.notEqual(hash({ price: '1.51' }), hash({}));
  const id = newProductId();
  const update = (input: Record<string, unknown>) =>
    canonicalBodyHash(commandOf(parseUpdate({ id, ...input }, issuer))).toString('hex');
  assert.notEqual(update({ name: 'a' }), update({ description: 'a' }));
  assert.notEqual(update({ name: 'a' }), update({ name: 'a', expectedVersion: 1 }));
});
