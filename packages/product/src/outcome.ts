import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Rejection } from '@tributary/proto/gen/products/v1/product.ts';

/** The outcome of the command that an event ends. Every event ends exactly one. */
export function outcomeOf(event: ProductEvent): CommandStatus {
  const { body } = event;
  const rejection = body?.$case === 'rejected' || body?.$case === 'completed' ? body.value.rejection : undefined;
  return rejection ? rejected(event, rejection) : committed(event);
}

function rejected(event: ProductEvent, rejection: Rejection): CommandStatus {
  return {
    commandId: event.commandId,
    state: CommandState.COMMAND_STATE_REJECTED,
    productId: event.productId,
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
