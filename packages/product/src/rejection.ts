import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { type Rejection, RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';

/** Why the domain refuses a command, as GraphQL and REST name it. */
export type RejectionName = 'NOT_FOUND' | 'VERSION_CONFLICT' | 'ALREADY_EXISTS' | 'IDEMPOTENCY_KEY_REUSED' | 'INTERNAL';

const codes: Readonly<Record<RejectionName, RejectionCode>> = {
  NOT_FOUND: RejectionCode.REJECTION_CODE_NOT_FOUND,
  VERSION_CONFLICT: RejectionCode.REJECTION_CODE_VERSION_CONFLICT,
  ALREADY_EXISTS: RejectionCode.REJECTION_CODE_ALREADY_EXISTS,
  IDEMPOTENCY_KEY_REUSED: RejectionCode.REJECTION_CODE_IDEMPOTENCY_KEY_REUSED,
  INTERNAL: RejectionCode.REJECTION_CODE_INTERNAL,
};
const names = new Map(Object.entries(codes).map(([name, code]) => [code, name as RejectionName]));

export function rejectionCode(name: RejectionName): RejectionCode {
  return codes[name];
}

/** The name of a code; one that this version does not know counts as INTERNAL. */
export function rejectionName(code: RejectionCode): RejectionName {
  return names.get(code) ?? 'INTERNAL';
}

export type CommandStateName = 'PENDING' | 'COMMITTED' | 'REJECTED';

/** What is known of a command, with names for codes and plain numbers for versions: as GraphQL and REST show it. */
export interface CommandView {
  id: string;
  state: CommandStateName;
  rejection: { code: RejectionName; message: string; field: string | null; currentVersion: number | null } | null;
  productId: string | null;
  version: number | null;
}

export function commandView(status: CommandStatus): CommandView {
  return {
    id: status.commandId,
    state: commandStateName(status.state),
    rejection: status.rejection ? rejectionView(status.rejection) : null,
    productId: status.productId ?? null,
    version: status.version === undefined ? null : Number(status.version),
  };
}

/** The name of a state; one that this version does not know counts as PENDING. */
export function commandStateName(state: CommandState): CommandStateName {
  if (state === CommandState.COMMAND_STATE_COMMITTED) return 'COMMITTED';
  return state === CommandState.COMMAND_STATE_REJECTED ? 'REJECTED' : 'PENDING';
}

function rejectionView(rejection: Rejection) {
  return {
    code: rejectionName(rejection.code),
    message: rejection.message,
    field: rejection.field ?? null,
    currentVersion: rejection.currentVersion === undefined ? null : Number(rejection.currentVersion),
  };
}
