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
 * A `fetchFn` for graphql-sse that lets a subscription know where it began: the response header `x-cursor`. Without it one
 * whose connection is lost before its first event goes on from now. A service on another origin must expose the header.
 */
export function cursorFetch(send: typeof fetch = fetch): typeof fetch {
  return async (...request) => {
    const position = asking;
    const response = await send(...request);
    position?.begin(response.headers.get('x-cursor'));
    return response;
  };
}
