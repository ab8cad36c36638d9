import type { Position } from './position.ts';

let asking: Position | undefined;

/** Notes whose request is being written: a client that sends it does so before it gives the thread away. */
export function noteAsking(position: Position): void {
  asking = position;
  queueMicrotask(() => {
    if (asking === position) asking = undefined;
  });
}

/**
 * A `fetchFn` for graphql-sse, which itself sees no headers and takes every refusal for a fault of the network.
 * With it a subscription knows where it began, by the response header `x-cursor`; without it one whose connection is lost
 * before its first event goes on from now. And a request that is refused with GraphQL errors (status 400) is not repeated:
 * the errors are its only result. A service on another origin must expose the header.
 */
export function cursorFetch(send: typeof fetch = fetch): typeof fetch {
  return async (...request) => {
    const position = asking;
    const response = await send(...request);
    if (!position) return response;
    if (response.status === 400) return asResult(response);
    position.begin(response.headers.get('x-cursor'));
    return response;
  };
}

/** An answer with GraphQL errors, as a stream whose only result they are; every other answer as it is. */
async function asResult(response: Response): Promise<Response> {
  const body = await response
    .clone()
    .json()
    .catch(() => null);
  if (!Array.isArray((body as { errors?: unknown } | null)?.errors)) return response;
  return new Response(`event: next\ndata: ${JSON.stringify(body)}\n\nevent: complete\ndata:\n\n`);
}
