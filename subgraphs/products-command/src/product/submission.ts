import { CommandBusError, type Submitted, type Wait } from '@tributary/command-bus';
import { commandView, type ParsedCommand } from '@tributary/product';
import { CommandState, type CommandStatus, ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { headers, protobufContentType } from '@tributary/proto/topics.ts';
import { traceHeaders } from '@tributary/service';
import { badUserInput, outage } from '@tributary/subgraph';
import type { Context } from '../context.ts';
import type { ProductCommandPayload } from '../generated/resolvers.ts';

/**
 * Sends a command and answers what is known of it when the wait is over.
 * @throws GraphQLError `BAD_USER_INPUT` for malformed input; `COMMAND_NOT_CONFIRMED` with the command's id when it may or may not
 *   take effect; `UNAVAILABLE` when nothing was sent
 */
export async function submitCommand(
  parsed: ParsedCommand,
  wait: Wait,
  { products, request }: Context,
): Promise<ProductCommandPayload> {
  if (!parsed.ok)
    throw badUserInput(parsed.problems.map((problem) => ({ ...problem, path: ['input', ...problem.path] })));
  const { command } = parsed;
  let submitted: Submitted<CommandStatus>;
  try {
    submitted = await products.submit({
      commandId: command.commandId,
      key: command.productId,
      value: ProductCommand.encode(command).finish(),
      headers: { [headers.contentType]: protobufContentType, ...traceHeaders(request.trace) },
      wait,
    });
  } catch (error) {
    throw refusal(error);
  }
  request.logger.debug({ commandId: command.commandId, state: submitted.state }, 'command submitted');
  const status = submitted.state === 'KNOWN' ? submitted.outcome : pending(command);
  if (status.state === CommandState.COMMAND_STATE_COMMITTED && status.productId && status.version !== undefined)
    request.answeredVersions.raiseOne(status.productId, status.version);
  return payload(command, status);
}

function pending({ commandId, productId }: ProductCommand): CommandStatus {
  return { commandId, productId, state: CommandState.COMMAND_STATE_PENDING, deleted: false };
}

function payload(command: ProductCommand, status: CommandStatus): ProductCommandPayload {
  const view = commandView(status);
  const productId = view.productId ?? command.productId;
  const isThere = view.state === 'COMMITTED' && !status.deleted;
  return { command: view, productId, version: view.version, product: isThere ? { id: productId } : null };
}

function refusal(error: unknown): unknown {
  if (!(error instanceof CommandBusError)) return error;
  switch (error.code) {
    case 'COMMAND_NOT_CONFIRMED':
      return outage('COMMAND_NOT_CONFIRMED', error.message, { commandId: error.commandId });
    case 'UNAVAILABLE':
      return outage('UNAVAILABLE', error.message);
    case 'OVERLOADED':
      return outage('UNAVAILABLE', 'too many commands are in hand; nothing was sent');
    // The product rules keep commands far below the log's limit.
    case 'TOO_LARGE':
      return error;
  }
}
