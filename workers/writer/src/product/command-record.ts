import type { LogRecord } from '@tributary/event-log';
import { checkCommand, parseCaller, parseCommandId, parseProductId } from '@tributary/product';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import type { SpanAttributes, TraceContext } from '@tributary/service';

/** A command as it came through the log. */
export interface ReceivedCommand {
  command: ProductCommand;
  /** The context in which it is handled. */
  trace: TraceContext;
}

/** What could be read of a command that cannot be handled. */
export interface DeadCommand {
  commandId: string;
  /** Null when it is malformed. */
  productId: string | null;
  /** Null when it is malformed. */
  caller: string | null;
  /** For its outcome: the product id where there is one. Never the key that it came with, which may be anything. */
  key: string;
  trace: TraceContext;
}

/** A record of the commands topic that holds no command, whoever put it there. */
export class UnreadableCommandError extends Error {
  override readonly name = 'UnreadableCommandError';
  readonly code = 'UNREADABLE_COMMAND';
}

/** @throws UnreadableCommandError */
export function readCommand(record: LogRecord, trace: TraceContext): ReceivedCommand {
  const command = decode(record);
  if (command === null) throw new UnreadableCommandError('the record is no protobuf ProductCommand');
  const problem = checkCommand(command);
  if (problem !== null) throw new UnreadableCommandError(problem);
  // Records of one product under several keys would lie in several partitions and come in any order.
  if (record.key !== command.productId) throw new UnreadableCommandError("the record's key is not the product id");
  return { command, trace };
}

/** What can be told of a record that cannot be handled; null when not even the command's id is readable. */
export function readDeadCommand(record: LogRecord, trace: TraceContext): DeadCommand | null {
  const command = decode(record);
  const commandId = parseCommandId(command?.commandId);
  if (command === null || !commandId.ok || commandId.value !== command.commandId) return null;
  const productId = parseProductId(command.productId);
  return {
    commandId: commandId.value,
    productId: productId.ok ? productId.value : null,
    caller: parseCaller(command.caller).ok ? command.caller : null,
    key: productId.ok ? productId.value : commandId.value,
    trace,
  };
}

/** What the span of a record says of its command. */
export function describeCommand(record: LogRecord): SpanAttributes {
  const command = decode(record);
  if (command === null) return {};
  return { 'tributary.command.id': command.commandId, 'tributary.command.kind': command.body?.$case };
}

function decode(record: LogRecord): ProductCommand | null {
  try {
    return ProductCommand.decode(record.value);
  } catch {
    return null;
  }
}
