export interface Watched<Result> {
  /** The first result that `matches`, of those received or still to come. */
  until(matches: (result: Result) => boolean): Promise<Result>;
  leave(): void;
}

/** Keeps the results of what a client watches and waits for those to come, whatever the client calls its streams. */
export function watch<Result>(source: {
  subscribe(next: (result: Result) => void): { unsubscribe(): void };
}): Watched<Result> {
  const results: Result[] = [];
  let wake = Promise.withResolvers<void>();
  const subscription = source.subscribe((result) => {
    results.push(result);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  return {
    async until(matches) {
      for (;;) {
        const found = results.find(matches);
        if (found) return found;
        await wake.promise;
      }
    },
    leave: () => subscription.unsubscribe(),
  };
}
