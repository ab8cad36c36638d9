import { noteAsking } from './cursor-fetch.ts';
import { createPosition, cursorVariable, type OperationText, type Position } from './position.ts';
import { type Again, createRecovery, type ResumeOptions, resumeSettings } from './recovery.ts';

/** What this package uses of a client of graphql-ws or of graphql-sse (which has no `on`). */
export interface SubscribingClient {
  subscribe(request: never, sink: never, ...more: never[]): () => void;
  iterate(request: never, ...more: never[]): AsyncIterableIterator<unknown>;
}

interface Result {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}

interface Sink {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

type Subscribe = (request: OperationText, sink: Sink, ...more: readonly unknown[]) => () => void;

interface InnerClient {
  readonly subscribe: Subscribe;
  readonly on?: (event: 'connected', listener: (socket: unknown, payload: unknown) => void) => unknown;
}

/**
 * The same client, of graphql-ws or of graphql-sse in its mode of distinct connections, but its subscriptions go on where
 * they stopped when a connection is lost: nothing is missed and nothing repeated. Operations that take no cursor are left
 * alone.
 */
export function resuming<C extends SubscribingClient>(client: C, options: ResumeOptions = {}): C {
  const settings = resumeSettings(options);
  const inner = client as unknown as InnerClient;
  let connectionCursor: unknown;
  inner.on?.('connected', (_socket, payload) => {
    connectionCursor = (payload as { cursor?: unknown } | undefined)?.cursor;
  });

  function subscribe(request: OperationText, sink: Sink, ...more: readonly unknown[]): () => void {
    const takesCursor = cursorVariable(request, settings.variable);
    if (!takesCursor) return inner.subscribe(request, sink, ...more);
    const { variable } = settings;
    const position = createPosition({ variable, variables: request.variables, ...takesCursor });
    const recovery = createRecovery(settings, position);
    const asked = { ...request, variables: writtenAt(position, request.variables, () => connectionCursor) };
    let stop: () => void;

    function ask(): void {
      let isOver = false;
      const end = inner.subscribe(
        asked,
        {
          next(result) {
            if (isOver) return;
            // Over HTTP the errors of an operation come as a result.
            const next = (result.data ?? null) === null ? recovery.afterErrors(result.errors) : null;
            if (next) {
              isOver = true;
              goOn(next);
              end();
              return;
            }
            position.pass(result.extensions);
            recovery.progressed();
            sink.next(result);
          },
          error(error) {
            if (isOver) return;
            isOver = true;
            const next = recovery.afterErrors(error);
            if (next) goOn(next);
            else sink.error(error);
          },
          complete() {
            if (!isOver) sink.complete();
          },
        },
        ...more,
      );
      stop = end;
    }

    function goOn({ inMs, onceAsked }: Again): void {
      function askAgain(): void {
        ask();
        onceAsked();
      }
      // A client of graphql-ws closes its connection when no subscription is left, even for one turn.
      if (inMs === 0) {
        askAgain();
        return;
      }
      const timer = setTimeout(askAgain, inMs);
      stop = () => {
        clearTimeout(timer);
        stop = () => {};
        sink.complete();
      };
    }

    ask();
    return () => stop();
  }

  const iterate = (request: OperationText, ...more: readonly unknown[]) =>
    iterated((sink) => subscribe(request, sink, ...more));
  return { ...client, subscribe, iterate };
}

/** Variables that are written as JSON with the cursor of that moment: clients write a request anew at each connection. */
function writtenAt(
  position: Position,
  variables: OperationText['variables'],
  connectionCursor: () => unknown,
): Record<string, unknown> {
  return Object.defineProperty({ ...variables }, 'toJSON', {
    value() {
      const written = position.variables();
      position.begin(connectionCursor());
      noteAsking(position);
      return written;
    },
  });
}

function iterated(subscribe: (sink: Sink) => () => void): AsyncIterableIterator<Result> {
  const results: Result[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};

  function finish(how: { readonly error?: unknown }): void {
    end ??= how;
    wake();
  }
  const stop = subscribe({
    next(result) {
      results.push(result);
      wake();
    },
    error: (error) => finish({ error }),
    complete: () => finish({}),
  });

  async function* read() {
    for (;;) {
      for (let result = results.shift(); result; result = results.shift()) yield result;
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const reading = read();

  function leave(): void {
    results.length = 0;
    finish({});
    stop();
  }
  return {
    next: () => reading.next(),
    return() {
      leave();
      return reading.return();
    },
    throw(error) {
      leave();
      return reading.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
