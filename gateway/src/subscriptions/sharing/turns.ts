/**
 * Keeps long loops from holding the event loop: a loop asks now and then whether its turn is over, and if so waits for the
 * next. All loops share one budget, since they share one thread.
 */
export interface Turns {
  isOver(): boolean;
  next(): Promise<void>;
}

export function createTurns(budgetMs: number): Turns {
  let startedMs = performance.now();
  let pending: Promise<void> | undefined;
  return {
    isOver: () => performance.now() - startedMs > budgetMs,
    next() {
      pending ??= new Promise((resolve) =>
        setImmediate(() => {
          pending = undefined;
          startedMs = performance.now();
          resolve();
        }),
      );
      return pending;
    },
  };
}
