import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';

export interface ReadGuardOptions {
  /** How long a read may wait, in milliseconds. */
  timeoutMs: number;
  /** Reads go past Redis from now on; called again when the one read that tries has failed too. */
  onOpen(): void;
  onClosed(): void;
}

/** Keeps a slow Redis from slowing reads. */
export interface ReadGuard {
  /** Rejects when the read fails, takes too long, or is not even tried because those before it did. */
  run<T>(read: () => Promise<T>): Promise<T>;
  isOpen(): boolean;
}

/** So many failures in a row, and reads go past Redis at once. */
const FAILURES_TO_OPEN = 5;
/** Then one read tries again after this time. */
const HALF_OPEN_AFTER_MS = 500;

export function createReadGuard({ timeoutMs, onOpen, onClosed }: ReadGuardOptions): ReadGuard {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: HALF_OPEN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  });
  breaker.onBreak(onOpen);
  breaker.onReset(onClosed);
  return {
    run: (read) => breaker.execute(() => within(timeoutMs, read())),
    isOpen: () => breaker.state !== CircuitState.Closed,
  };
}

/**
 * What comes within a time. Timers run before arrived data is read: after a pause of this very process, of which Redis is
 * innocent, the answers already lie in the socket. So they are read before it is too late (and the library's own time-out for
 * commands is no use here).
 */
function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`no answer within ${timeoutMs} ms`)));
    }, timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
