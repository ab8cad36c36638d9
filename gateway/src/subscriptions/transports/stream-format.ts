import type { GraphQLFormattedError } from 'graphql';
import type { Transport } from '../metrics.ts';
import type { Message } from '../outlet.ts';

/** How a stream over HTTP is written. */
export interface StreamFormat {
  readonly transport: Transport;
  readonly contentType: string;
  /** The beginning, with the cursor to begin with. */
  begin(cursor: string | null): string;
  /** One result. */
  result(message: Message): Buffer;
  /** That nothing comes any more, because of errors. */
  failure(errors: readonly GraphQLFormattedError[]): string;
  /** That nothing comes any more. */
  readonly end: string;
  /** That the stream is still there. */
  readonly signOfLife: string;
}

/**
 * Server-sent events in the form of graphql-sse's "distinct connections" mode; each result has its cursor as the event's
 * id, so that a browser's EventSource goes on by itself. https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export const serverSentEvents: StreamFormat = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  begin: (cursor) => (cursor === null ? ':\n\n' : `id: ${cursor}\n\n`),
  result({ body, cursor }) {
    const id = cursor === null ? '' : `id: ${cursor}\n`;
    return Buffer.concat([Buffer.from(`event: next\n${id}data: `), body, BLANK_LINE]);
  },
  failure: (errors) => `event: next\ndata: ${JSON.stringify({ errors })}\n\n${COMPLETE}`,
  get end() {
    return COMPLETE;
  },
  signOfLife: ':\n\n',
};

const BLANK_LINE = Buffer.from('\n\n');
const COMPLETE = 'event: complete\ndata:\n\n';

const DELIMITER = '\r\n--graphql';
const HEAD = '\r\ncontent-type: application/json; charset=utf-8\r\n\r\n';
const BEFORE_PAYLOAD = Buffer.from(`${HEAD}{"payload":`);
const AFTER_PAYLOAD = Buffer.from(`}${DELIMITER}`);

/**
 * Parts of a multipart answer, as Apollo's clients take them. A part is known to be whole by the delimiter behind it, which
 * therefore goes with it. https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
export const multipart: StreamFormat = {
  transport: 'multipart',
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  begin: () => `${DELIMITER}${HEAD}{}${DELIMITER}`,
  result: ({ body }) => Buffer.concat([BEFORE_PAYLOAD, body, AFTER_PAYLOAD]),
  failure: (errors) => `${HEAD}${JSON.stringify({ payload: null, errors })}${DELIMITER}--`,
  end: '--',
  signOfLife: `${HEAD}{}${DELIMITER}`,
};
