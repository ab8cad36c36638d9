/** A connection that keeps what it is sent until it is flushed. */
export interface Flushable {
  flush(): void;
}

/**
 * Flushes connections soon after they were sent something: what a connection is sent until then goes to the system in one
 * call, which is most of what a message costs. Pauses between so many, so that it does not hold the event loop.
 */
export interface Flusher {
  /** Has the connection flushed once. */
  soon(connection: Flushable): void;
}

export interface FlusherOptions {
  /** How long it may hold the event loop, in milliseconds. */
  readonly turnMs: number;
}

/** Connections that are flushed before the time is looked at. */
const STRIDE = 16;

export function createFlusher({ turnMs }: FlusherOptions): Flusher {
  let waiting: Flushable[] = [];
  let flushed = 0;
  let isDue = false;

  function flush(): void {
    const deadline = performance.now() + turnMs;
    while (flushed < waiting.length) {
      waiting[flushed]!.flush();
      flushed += 1;
      if (flushed % STRIDE === 0 && performance.now() > deadline) {
        setImmediate(flush);
        return;
      }
    }
    waiting = [];
    flushed = 0;
    isDue = false;
  }

  return {
    soon(connection) {
      waiting.push(connection);
      if (isDue) return;
      isDue = true;
      setImmediate(flush);
    },
  };
}
