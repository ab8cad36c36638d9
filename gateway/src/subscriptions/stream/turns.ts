/**
 * Keeps long loops from holding the event loop: a loop asks now and then whether its turn is over, and if so waits for its
 * next. All loops share one budget, since they share one thread, and take their turns in the order in which they wait.
 */
export interface Turns {
  isOver(): boolean;
  next(): Promise<void>;
}

/** @param nowMs a clock that only grows, for tests */
export function createTurns(budgetMs: number, nowMs: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];
  let startedMs = nowMs();
  let isTurning = false;
  const isOver = () => nowMs() - startedMs > budgetMs;

  function start(): void {
    startedMs = nowMs();
    release();
  }

  /** One by one: whoever is released works before the next one is, as long as there is time. */
  function release(): void {
    if (waiting.length === 0) isTurning = false;
    else if (isOver()) setImmediate(start);
    else {
      waiting.shift()?.();
      queueMicrotask(release);
    }
  }

  return {
    isOver,
    next() {
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (isTurning) return;
        isTurning = true;
        setImmediate(start);
      });
    },
  };
}
