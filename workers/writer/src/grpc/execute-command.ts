import { status } from '@grpc/grpc-js';
import { type CommandBus, CommandBusError } from '@tributary/command-bus';
import { type ParsedCommand, parseCreate, parseDelete, parseUpdate } from '@tributary/product';
import { CommandState, type CommandStatus, ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import {
  type ExecuteCommandRequest,
  type ExecuteCommandResponse,
  Wait,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { headers, protobufContentType } from '@tributary/proto/topics.ts';
import { type GrpcCall, grpcFailure, traceHeaders } from '@tributary/service';

/** Who sends a command that names no caller. */
const ANONYMOUS = 'anonymous';
/** Metadata of a command that may or may not take effect. */
const COMMAND_ID_KEY = 'command-id';

/**
 * Puts a command into the log, like every other: nothing writes products directly.
 * @throws GrpcFailure `BAD_USER_INPUT`; `COMMAND_NOT_CONFIRMED` with the id in the trailer `command-id` when it may or may not take
 *   effect; `UNAVAILABLE`, `OVERLOADED`, `TOO_LARGE` when nothing was sent
 */
export async function executeCommand(
  bus: CommandBus<CommandStatus>,
  request: ExecuteCommandRequest,
  { trace }: GrpcCall,
  nowMs: number,
): Promise<ExecuteCommandResponse> {
  const parsed = parse(request, nowMs);
  if (!parsed.ok)
    throw badInput(parsed.problems.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const { commandId, productId } = parsed.command;
  try {
    const submitted = await bus.submit({
      commandId,
      key: productId,
      value: ProductCommand.encode(parsed.command).finish(),
      headers: { [headers.contentType]: protobufContentType, ...traceHeaders(trace) },
      wait: request.wait === Wait.WAIT_NONE ? 'NONE' : 'OUTCOME',
    });
    if (submitted.state === 'KNOWN')
      return { productId: submitted.outcome.productId ?? productId, command: submitted.outcome };
    const state = CommandState.COMMAND_STATE_PENDING;
    return { productId, command: { commandId, state, productId, deleted: false } };
  } catch (error) {
    throw error instanceof CommandBusError ? failureOf(error) : error;
  }
}

function parse(request: ExecuteCommandRequest, nowMs: number): ParsedCommand {
  const { body, idempotencyKey, expectedVersion } = request;
  const issuer = { caller: request.caller === '' ? ANONYMOUS : request.caller, nowMs };
  switch (body?.$case) {
    case 'create':
      if (expectedVersion !== undefined)
        throw badInput('expectedVersion: a product that does not exist has no version');
      return parseCreate({ ...body.value, idempotencyKey }, issuer);
    case 'update': {
      const { productId, changes } = body.value;
      return parseUpdate({ ...changes, id: productId, idempotencyKey, expectedVersion }, issuer);
    }
    case 'delete':
      return parseDelete({ id: body.value.productId, idempotencyKey, expectedVersion }, issuer);
    default:
      throw badInput('the command has no body');
  }
}

function badInput(message: string) {
  return grpcFailure(status.INVALID_ARGUMENT, 'BAD_USER_INPUT', message);
}

const kinds: Readonly<Record<CommandBusError['code'], status>> = {
  COMMAND_NOT_CONFIRMED: status.UNAVAILABLE,
  UNAVAILABLE: status.UNAVAILABLE,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  TOO_LARGE: status.INVALID_ARGUMENT,
};

function failureOf({ code, message, commandId }: CommandBusError) {
  const failure = grpcFailure(kinds[code], code, message);
  if (code === 'COMMAND_NOT_CONFIRMED') failure.metadata.set(COMMAND_ID_KEY, commandId);
  return failure;
}
