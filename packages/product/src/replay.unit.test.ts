import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { canonicalBodyHash, checkCommand, parseCreate, parseUpdate } from './command.ts';
import { newCommandId, newProductId } from './ids.ts';
import { replayOf } from './replay.ts';

const issuer = { caller: 'ada', nowMs: 1_000 };
const replay = { commandId: newCommandId(), nowMs: 2_000 };

const parsed = [
  parseCreate({ name: 'Lamp', description: 'Light.', price: '1.5', idempotencyKey: 'key' }, issuer),
  parseCreate({ name: 'Lamp', description: 'Light.', price: '1.5' }, issuer),
  parseUpdate({ id: newProductId(), price: '2', expectedVersion: 3 }, issuer),
];

for (const [n, one] of parsed.entries())
  test(`a dead command is replayed as a new one that asks for the same: ${n}`, () => {
    assert(one.ok);
    const dead = one.command;
    const replayed = replayOf(ProductCommand.encode(dead).finish(), replay);
    assert(replayed.ok);
    const { command } = replayed;
    assert.equal(checkCommand(command), null);
    assert.deepEqual(
      [command.commandId, command.causationId, command.issuedAtMs],
      [replay.commandId, dead.commandId, 2_000n],
    );
    assert.deepEqual(
      [command.caller, command.idempotencyKey, command.productId, command.expectedVersion],
      [dead.caller, dead.idempotencyKey, dead.productId, dead.expectedVersion],
    );
    assert.deepEqual(canonicalBodyHash(command), canonicalBodyHash(dead));
  });

test('a replay that died is caused by the command that died, not by the one before it', () => {
  assert(parsed[1]?.ok);
  const dead = { ...parsed[1].command, causationId: newCommandId() };
  const replayed = replayOf(ProductCommand.encode(dead).finish(), replay);
  assert.equal(replayed.ok && replayed.command.causationId, dead.commandId);
});

test('a malformed id of the dead command is no cause', () => {
  assert(parsed[1]?.ok);
  const dead = { ...parsed[1].command, commandId: 'x' };
  const replayed = replayOf(ProductCommand.encode(dead).finish(), replay);
  assert.equal(replayed.ok && replayed.command.causationId, undefined);
  assert.equal(replayed.ok && checkCommand(replayed.command), null);
});

test('what is no command, or names no product, or asks for nothing cannot be replayed', () => {
  assert(parsed[1]?.ok);
  const { command } = parsed[1];
  for (const dead of [
    { ...command, productId: '' },
    { ...command, body: undefined },
  ])
    assert.deepEqual(replayOf(ProductCommand.encode(dead).finish(), replay), { ok: false });
  assert.deepEqual(replayOf(Buffer.from([255, 255]), replay), { ok: false });
});
