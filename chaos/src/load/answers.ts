import { canonical } from '../evidence/rows.ts';
import type { Answer, Failed, SeenProduct, Told } from '../history/entry.ts';

/**
 * Runs a call. A connection that breaks, or no answer in time, is an answer too: a client is left with just that. So is an
 * answer that cannot be read, which the checker then finds.
 */
export async function answerOf(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UnexpectedAnswer) return unreadable(error);
    const { cause, message, name } = error as Error & { cause?: { code?: string; message?: string } };
    return { kind: 'lost', reason: cause?.code ?? cause?.message ?? `${name}: ${message}` };
  }
}

/** An answer that is not what the interface promises. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly code = 'UNEXPECTED_ANSWER';
}

function unreadable(error: Error): Failed {
  return { kind: 'error', code: '', status: 0, message: error.message, commandId: null };
}

/** A command as GraphQL and REST show it. */
export interface CommandView {
  state: 'PENDING' | 'COMMITTED' | 'REJECTED';
  productId: string | null;
  version: number | null;
  rejection: { code: string; currentVersion: number | null } | null;
}

export function toldBy(commandId: string, view: CommandView | null): Told {
  const { state, productId, version, rejection } = view ?? {
    state: null,
    productId: null,
    version: null,
    rejection: null,
  };
  return {
    kind: 'told',
    commandId,
    state,
    productId,
    version,
    rejection: rejection && { code: rejection.code, currentVersion: rejection.currentVersion },
  };
}

/** A product as it was answered; its price, which REST has as a number, in canonical form. */
export function seen(product: Omit<SeenProduct, 'price'> & { price: string | number }): SeenProduct {
  const { id, version, name, description, price } = product;
  return { id, version, name, description, price: canonical(String(price)) };
}
