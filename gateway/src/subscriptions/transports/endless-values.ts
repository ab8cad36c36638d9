/**
 * The values of a subscription for a library that asks for them, of which there are none: results go to the socket another
 * way. What the library is told is the end, and what it tells is that the client wants no more.
 */
export interface EndlessValues {
  readonly iterator: AsyncGenerator<never, void, void>;
  /** Calls back once, when either side has ended; at once if that has happened. */
  onEnd(listener: () => void): void;
  /** Nothing comes any more; with an error, because of it. */
  end(error?: Error): void;
}

export function createEndlessValues(): EndlessValues {
  const over = Promise.withResolvers<IteratorReturnResult<void>>();
  // It may end before the library asks.
  over.promise.catch(() => {});
  const done = { done: true, value: undefined } as const;
  let ended = false;
  let listener = () => {};

  function finish(): void {
    if (ended) return;
    ended = true;
    listener();
  }

  const stop = async () => {
    over.resolve(done);
    finish();
    return done;
  };

  return {
    iterator: {
      next: () => over.promise,
      return: stop,
      async throw(error) {
        await stop();
        throw error;
      },
      async [Symbol.asyncDispose]() {
        await stop();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    onEnd(given) {
      listener = given;
      if (ended) listener();
    },
    end(error) {
      if (error) over.reject(error);
      else over.resolve(done);
      finish();
    },
  };
}
