import { type RejectionName, rejectionCode } from '@tributary/product';
import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { Rejection } from '@tributary/proto/gen/products/v1/product.ts';
import type { InboxEntry, StoredRejection } from '../inbox.ts';

/** What the inbox knows of a command, as it is told to those who ask. */
export function statusOf({ commandId, outcome }: InboxEntry): CommandStatus {
  const productId = outcome.aggregateId ?? undefined;
  if (outcome.rejection !== null)
    return {
      commandId,
      state: CommandState.COMMAND_STATE_REJECTED,
      rejection: rejectionOf(outcome.rejection),
      productId,
      deleted: false,
    };
  const { version, deleted } = outcome;
  return { commandId, state: CommandState.COMMAND_STATE_COMMITTED, productId, version, deleted };
}

/** A rejection as events and answers carry it. */
export function rejectionOf({ code, message, field, currentVersion }: StoredRejection): Rejection {
  return {
    code: rejectionCode(code as RejectionName),
    message,
    field: field ?? undefined,
    currentVersion: currentVersion ?? undefined,
  };
}
