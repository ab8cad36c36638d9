import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** The client of graphql-ws for a system, as its documentation sets it up for Node. */
export function connect(url: string): Client {
  return createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
}

/**
 * Waits until the system has taken every operation that was sent before on the socket: messages come in order, so a read
 * that is answered tells that what was sent before it is under way.
 */
export async function untilTaken(socket: Client): Promise<void> {
  for await (const { errors } of socket.iterate({ query: '{ products(first: 1) { pageInfo { hasNextPage } } }' }))
    if (errors) throw new AggregateError(errors, 'the read that tells was refused');
}
