import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { newCommandId } from '@tributary/product';
import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import { givenSubgraph, notMeant, productId } from '../given-subgraph.ts';

const given = await givenSubgraph();
const { graphql, fake } = given;
after(given.stop);
afterEach(() => {
  fake.getCommand = notMeant;
});

const commandId = newCommandId();

async function ask(id: string, command?: Omit<CommandStatus, 'commandId'>) {
  fake.getCommand = async (request) => (command ? { command: { commandId: request.commandId, ...command } } : {});
  const { body } = await graphql(
    'query ($id: ID!) { command(id: $id) { id state productId version rejection { code message field currentVersion } } }',
    { id },
  );
  assert.equal(body.errors, undefined);
  return body.data.command;
}

test('each state of a command is shown', async () => {
  assert.deepEqual(await ask(commandId, { state: CommandState.COMMAND_STATE_PENDING, deleted: false }), {
    id: commandId,
    state: 'PENDING',
    productId: null,
    version: null,
    rejection: null,
  });
  const committed = {
    state: CommandState.COMMAND_STATE_COMMITTED,
    productId: productId(1),
    version: 3n,
    deleted: false,
  };
  assert.deepEqual(await ask(commandId.toUpperCase(), committed), {
    id: commandId,
    state: 'COMMITTED',
    productId: productId(1),
    version: 3,
    rejection: null,
  });
  const rejection = { code: RejectionCode.REJECTION_CODE_NOT_FOUND, message: 'there is no such product' };
  const rejected = { state: CommandState.COMMAND_STATE_REJECTED, productId: productId(1), rejection, deleted: false };
  assert.deepEqual(await ask(commandId, rejected), {
    id: commandId,
    state: 'REJECTED',
    productId: productId(1),
    version: null,
    rejection: { code: 'NOT_FOUND', message: 'there is no such product', field: null, currentVersion: null },
  });
});

test('a command of which nothing can be known is null, and so is a malformed id', async () => {
  assert.equal(await ask(commandId), null);
  fake.getCommand = notMeant;
  const { body, status } = await graphql('{ command(id: "nonsense") { id } }');
  assert.equal(status, 200);
  assert.deepEqual(body, { data: { command: null } });
});
