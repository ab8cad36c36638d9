import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import { commandStateName, commandView, rejectionCode, rejectionName } from './rejection.ts';

test('each reason of the contract has its own name, and back', () => {
  for (const [name, code] of Object.entries(RejectionCode)) {
    if (code <= RejectionCode.REJECTION_CODE_UNSPECIFIED) continue;
    assert.equal(`REJECTION_CODE_${rejectionName(code)}`, name);
    assert.equal(rejectionCode(rejectionName(code)), code);
  }
});

test('a reason that this version does not know is INTERNAL, a state that it does not know is PENDING', () => {
  assert.equal(rejectionName(RejectionCode.UNRECOGNIZED), 'INTERNAL');
  assert.equal(rejectionName(RejectionCode.REJECTION_CODE_UNSPECIFIED), 'INTERNAL');
  assert.equal(commandStateName(CommandState.UNRECOGNIZED), 'PENDING');
});

test('each state of the contract has its own name', () => {
  for (const [name, state] of Object.entries(CommandState))
    if (state > CommandState.COMMAND_STATE_UNSPECIFIED) assert.equal(`COMMAND_STATE_${commandStateName(state)}`, name);
});

test('a status is shown with names and plain numbers, and null for what is absent', () => {
  assert.deepEqual(commandView({ commandId: 'c', state: CommandState.COMMAND_STATE_PENDING, deleted: false }), {
    id: 'c',
    state: 'PENDING',
    rejection: null,
    productId: null,
    version: null,
  });
  assert.deepEqual(
    commandView({
      commandId: 'c',
      state: CommandState.COMMAND_STATE_COMMITTED,
      productId: 'p',
      version: 2n,
      deleted: false,
    }),
    { id: 'c', state: 'COMMITTED', rejection: null, productId: 'p', version: 2 },
  );
  const rejection = {
    code: RejectionCode.REJECTION_CODE_VERSION_CONFLICT,
    message: 'changed',
    currentVersion: 3n,
  };
  const view = commandView({
    commandId: 'c',
    state: CommandState.COMMAND_STATE_REJECTED,
    productId: 'p',
    rejection,
    deleted: false,
  });
  assert.deepEqual(view.rejection, { code: 'VERSION_CONFLICT', message: 'changed', field: null, currentVersion: 3 });
});
