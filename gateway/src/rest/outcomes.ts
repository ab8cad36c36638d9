import { priceToNumber } from '@tributary/product';
import { type Answer, internalError, refuse } from './answer.ts';
import type { RunResult } from './call.ts';
import { entityTag } from './entity-tags.ts';
import { failureAnswer } from './failures.ts';
import type { GraphCommand, GraphPayload, GraphProduct, OperationData } from './operations.ts';
import type { CommandBody, ProductBody } from './schemas.ts';

type Mutation = 'RestCreateProduct' | 'RestUpdateProduct' | 'RestDeleteProduct';

export interface Asked {
  /** By `Prefer: respond-async`. */
  readonly async: boolean;
  /** By If-Match: a conflict is then a failed precondition. */
  readonly conditional: boolean;
}

/**
 * The answer for a mutation's result: `committed` gives it when the change is made and readable, everything else
 * (pending, refused, failed, made but not readable yet) is answered alike for all mutations.
 */
export async function outcomeAnswer<M extends Mutation>(
  result: RunResult<OperationData[M]>,
  asked: Asked,
  committed: (payload: GraphPayload) => Answer | Promise<Answer>,
): Promise<Answer> {
  const payload = result.data?.payload;
  if (!payload) return failureAnswer(result.errors, 'change');
  const { command } = payload;
  if (command.state === 'PENDING') return acceptedAnswer(commandBody(command, payload), asked);
  if (command.state === 'REJECTED') return rejectionAnswer(command, asked);
  if (result.errors.length > 0) return acceptedAnswer(commandBody(command, payload), asked);
  return committed(payload);
}

export const missingProduct = refuse(404, { code: 'NOT_FOUND', message: 'There is no product with this id.' });

/** 202: the command is on its way, or its effect is not readable yet; it can be followed at its Location. */
export function acceptedAnswer(body: CommandBody, asked: Asked): Answer {
  return {
    status: 202,
    headers: {
      location: `/api/v1/commands/${body.commandId}`,
      ...(asked.async && { 'preference-applied': 'respond-async' }),
    },
    body,
  };
}

function rejectionAnswer({ id: commandId, rejection }: GraphCommand, asked: Asked): Answer {
  if (rejection === null) return internalError;
  const { code, message, currentVersion } = rejection;
  const refusal = { code, message, commandId, ...(currentVersion !== null && { currentVersion }) };
  switch (code) {
    case 'NOT_FOUND':
      return refuse(404, refusal);
    case 'VERSION_CONFLICT':
      return refuse(
        asked.conditional ? 412 : 409,
        refusal,
        currentVersion === null ? {} : { etag: entityTag(currentVersion) },
      );
    case 'ALREADY_EXISTS':
      return refuse(409, refusal);
    case 'IDEMPOTENCY_KEY_REUSED':
      return refuse(422, refusal);
    case 'INTERNAL':
      return refuse(500, refusal);
  }
}

export function commandBody(command: GraphCommand, payload?: GraphPayload): CommandBody {
  return {
    commandId: command.id,
    state: command.state,
    productId: command.productId ?? payload?.productId ?? null,
    version: command.version ?? payload?.version ?? null,
    rejection: command.rejection,
  };
}

export function productBody(product: GraphProduct): ProductBody {
  return {
    productId: product.id,
    name: product.name,
    description: product.description,
    price: priceToNumber(product.price),
    createdAt: product.createdAt,
    updatedAt: product.updatedAt,
  };
}
