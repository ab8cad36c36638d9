import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalBodyHash,
  checkCommand,
  type ParsedCommand,
  parseCreate,
  parseDelete,
  parseUpdate,
  parseVersion,
} from './command.ts';
import { newProductId, parseCommandId, productIdForKey } from './ids.ts';

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

test('a create has every field; an update of nothing is allowed, absent and null fields stay', () => {
  const create = parseCreate({}, issuer);
  assert(!create.ok);
  assert.deepEqual(
    create.problems.map(({ path, code }) => [path.join('.'), code]),
    [
      ['name', 'REQUIRED'],
      ['description', 'REQUIRED'],
      ['price', 'REQUIRED'],
    ],
  );
  const id = newProductId();
  for (const input of [{ id }, { id, name: null, description: null, price: null, expectedVersion: null }]) {
    const command = commandOf(parseUpdate(input, issuer));
    assert.deepEqual(command.body, {
      $case: 'update',
      value: { name: undefined, description: undefined, price: undefined },
    });
    assert.equal(command.expectedVersion, undefined);
    assert.equal(checkCommand(command), null);
  }
});

test('a command carries who sent it, when, and canonical fields', () => {
  const command = commandOf(
    parseCreate({ name: ' Kettle ', description: 'a\r\nb', price: '01.50', idempotencyKey: 'k' }, issuer),
  );
  assert(parseCommandId(command.commandId).ok);
  assert.deepEqual(
    { ...command, commandId: '' },
    {
      commandId: '',
      productId: productIdForKey('anonymous', 'k'),
      caller: 'anonymous',
      issuedAtMs: 1_700_000_000_000n,
      idempotencyKey: 'k',
      body: { $case: 'create', value: { name: 'Kettle', description: 'a\nb', price: '1.5' } },
    },
  );
});

test('every command has an id of its own; a product only without a key', () => {
  const [first, second] = [commandOf(parseCreate(kettle, issuer)), commandOf(parseCreate(kettle, issuer))];
  assert.notEqual(first.commandId, second.commandId);
  assert.notEqual(first.productId, second.productId);
  const keyed = () => commandOf(parseCreate({ ...kettle, idempotencyKey: 'k' }, issuer));
  assert.notEqual(keyed().commandId, keyed().commandId);
  assert.equal(keyed().productId, keyed().productId);
});

test('a caller that no record may hold is refused with the input', () => {
  for (const caller of ['', 'a\u0000', 'x'.repeat(256)]) {
    const parsed = parseDelete({ id: newProductId() }, { ...issuer, caller });
    assert(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map(({ path }) => path),
      [['caller']],
    );
  }
});

test('a version is a whole number from 1 that fits into int64', () => {
  for (const value of [1, 1n, Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n])
    assert.deepEqual(parseVersion(value), { ok: true, value: BigInt(value) });
  for (const value of [0, -1, 1.5, Number.NaN, 2 ** 53, 0n, -1n, 2n ** 63n, '1', true, null, undefined])
    assert.equal(parseVersion(value).ok, false, String(value));
});

const created = commandOf(parseCreate(kettle, issuer));
const fields = { name: 'Kettle', description: 'Boils.', price: '1.5' };
const create = (changes: Partial<typeof fields>) => ({
  body: { $case: 'create', value: { ...fields, ...changes } } as const,
});
const update = (changes: Partial<typeof fields>) => ({ body: { $case: 'update', value: changes } as const });

for (const [what, changes] of Object.entries({
  'a malformed command id': { commandId: 'x' },
  'a command id in upper case': { commandId: created.commandId.toUpperCase() },
  'a product id in upper case': { productId: created.productId.toUpperCase() },
  'no caller': { caller: '' },
  'a NUL in the caller': { caller: 'a\u0000' },
  'an empty idempotency key': { idempotencyKey: '' },
  'a NUL in the idempotency key': { idempotencyKey: 'a\u0000' },
  'an expected version of 0': { expectedVersion: 0n },
  'a time before 1970': { issuedAtMs: -1n },
  'a time that no date holds': { issuedAtMs: 2n ** 62n },
  'a replay of no command': { causationId: 'a\u0000' },
  'no body': { body: undefined },
  'a price that is not canonical': create({ price: '1.50' }),
  'a name that is not trimmed': create({ name: ' a' }),
  'a NUL in the name': create({ name: 'a\u0000' }),
  'CRLF in the description': create({ description: 'a\r\nb' }),
  'a create without a name': create({ name: '' }),
  'an update to no name': update({ name: '' }),
  'an update to a negative price': update({ price: '-1' }),
  'an update to a giant description': update({ description: 'x'.repeat(5_001) }),
})) {
  test(`a foreign record with ${what} is refused`, () => {
    assert.equal(checkCommand(created), null);
    const reason = checkCommand({ ...created, ...changes });
    assert.equal(typeof reason, 'string');
  });
}

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
  assert.notEqual(update({ name: 'a', description: 'b' }), update({ name: 'b', description: 'a' }));
  assert.equal(update({ price: '2.0', idempotencyKey: 'k' }), update({ price: 2, idempotencyKey: 'other' }));
  const other = commandOf(parseUpdate({ id: newProductId(), name: 'a' }, issuer));
  assert.notEqual(canonicalBodyHash(other).toString('hex'), update({ name: 'a' }), 'another product');
  const remove = commandOf(parseDelete({ id }, issuer));
  assert.notEqual(canonicalBodyHash(remove).toString('hex'), update({}), 'another kind');
});
