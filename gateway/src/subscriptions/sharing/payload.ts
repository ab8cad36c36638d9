import { randomBytes } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import type { Message } from '../outlet.ts';

/** Stands for the cursor while an event is executed: subscribers who come from different positions share the rest. */
export const CURSOR_PLACEHOLDER = `cursor-${randomBytes(16).toString('hex')}`;

/** What an operation came to, as clients see it. */
export interface Result {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQLFormattedError[];
}

/** A result that many subscribers are sent, written out once. */
export interface Payload {
  readonly bytes: number;
  /** The result with the cursor in it. */
  message(cursor: string): Message;
}

export function createPayload(result: Result): Payload {
  const text = JSON.stringify({
    ...written(result),
    extensions: { cursor: CURSOR_PLACEHOLDER },
  });
  const pieces = text.split(CURSOR_PLACEHOLDER);
  return {
    bytes: text.length,
    message: (cursor) => ({ body: Buffer.from(pieces.join(cursor)), cursor }),
  };
}

/** A result of which nothing can be resumed. */
export function messageOf(result: Result): Message {
  const body = Buffer.from(JSON.stringify(written(result)));
  return { body, cursor: null };
}

function written({ data, errors }: Result) {
  return errors.length > 0 ? { errors, data } : { data };
}
