import { status } from '@grpc/grpc-js';
import { isExpiredCommandId, parseCommandId, parseProductId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import type { GetCommandStatusResponse, GetWrittenProductResponse } from '@tributary/proto/gen/products/v1/writer.ts';
import { grpcFailure } from '@tributary/service';
import type { Inbox } from '../inbox.ts';
import { statusOf } from '../product/outcome.ts';
import type { Products } from '../product/products.ts';

/** @throws GrpcFailure `BAD_USER_INPUT` for a malformed id; `NOT_FOUND` */
export async function getProduct(products: Pick<Products, 'find'>, id: string): Promise<GetWrittenProductResponse> {
  const state = await products.find(canonical(parseProductId(id)));
  if (state.kind !== 'present') throw grpcFailure(status.NOT_FOUND, 'NOT_FOUND', 'there is no such product');
  return { product: state.product };
}

/**
 * The outcome of a command; PENDING for one that may still come: it may be on its way through the log.
 * @throws GrpcFailure `BAD_USER_INPUT` for a malformed id; `NOT_FOUND` when the id is older than the retention
 */
export async function getCommand(
  inbox: Pick<Inbox, 'find'>,
  commandId: string,
  { nowMs, retentionMs }: { nowMs: number; retentionMs: number },
): Promise<GetCommandStatusResponse> {
  const id = canonical(parseCommandId(commandId));
  const entry = await inbox.find(id);
  if (entry) return { command: statusOf(entry) };
  if (isExpiredCommandId(id, nowMs, retentionMs))
    throw grpcFailure(status.NOT_FOUND, 'NOT_FOUND', 'nothing is known of such a command');
  return { command: { commandId: id, state: CommandState.COMMAND_STATE_PENDING, deleted: false } };
}

function canonical(parsed: ReturnType<typeof parseProductId>): string {
  if (!parsed.ok) throw grpcFailure(status.INVALID_ARGUMENT, 'BAD_USER_INPUT', parsed.message);
  return parsed.value;
}
