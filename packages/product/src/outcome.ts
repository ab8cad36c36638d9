import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { type Rejection, RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';

/**
 * The outcome of the command that an event ends. Every event ends exactly one; of an event whose body this version
 * does not know, the outcome is not known: PENDING.
 */
export function outcomeOf(event: ProductEvent): CommandStatus {
  const { body } = event;
  if (!body) return unknown(event);
  if (body.$case === 'rejected') return rejected(event, body.value.rejection ?? UNEXPLAINED);
  if (body.$case === 'completed' && body.value.rejection) return rejected(event, body.value.rejection);
  return committed(event);
}

const UNEXPLAINED: Rejection = { code: RejectionCode.REJECTION_CODE_INTERNAL, message: 'the command was refused' };

function unknown({ commandId, productId }: ProductEvent): CommandStatus {
  return { commandId, state: CommandState.COMMAND_STATE_PENDING, productId, deleted: false };
}

function rejected(event: ProductEvent, rejection: Rejection): CommandStatus {
  return {
    commandId: event.commandId,
    state: CommandState.COMMAND_STATE_REJECTED,
    // Empty where the command named none that could be read.
    productId: event.productId || undefined,
    rejection,
    deleted: false,
  };
}

function committed(event: ProductEvent): CommandStatus {
  const { body } = event;
  return {
    commandId: event.commandId,
    state: CommandState.COMMAND_STATE_COMMITTED,
    productId: event.productId,
    version: event.version,
    deleted: body?.$case === 'deleted' || (body?.$case === 'completed' && body.value.deleted),
  };
}
