/** Values handed from a producer that cannot wait to one consumer that pulls. */
export interface Queue<T> {
  /** Hands over a value. False when nobody takes it any more. */
  push(value: T): boolean;
  /** Ends after the values already handed over; with an error, by throwing it to the consumer. */
  end(error?: Error): void;
  /** For one consumer. Its `return` ends the queue at once, also while a `next` waits. */
  readonly values: AsyncGenerator<T, void, void>;
}

export interface QueueOptions {
  /** Values that may wait. One more ends the queue with `overflow`. */
  readonly capacity: number;
  overflow(): Error;
  /** Called once, when the queue has ended for either side. */
  onClose?(): void;
}

export function createQueue<T>({ capacity, overflow, onClose }: QueueOptions): Queue<T> {
  const waiting: T[] = [];
  let consumer: { resolve(result: IteratorResult<T, void>): void; reject(error: Error): void } | undefined;
  let isOpen = true;
  let failure: Error | undefined;

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    onClose?.();
  }

  function end(error?: Error): void {
    if (!isOpen) return;
    failure = error;
    close();
    const taker = consumer;
    consumer = undefined;
    if (!taker) return;
    if (failure) taker.reject(failure);
    else taker.resolve({ done: true, value: undefined });
    failure = undefined;
  }

  async function next(): Promise<IteratorResult<T, void>> {
    if (waiting.length > 0) return { done: false, value: waiting.shift()! };
    if (isOpen) return new Promise((resolve, reject) => (consumer = { resolve, reject }));
    const error = failure;
    failure = undefined;
    if (error) throw error;
    return { done: true, value: undefined };
  }

  async function discard(): Promise<IteratorResult<T, void>> {
    waiting.length = 0;
    end();
    failure = undefined;
    return { done: true, value: undefined };
  }

  return {
    push(value) {
      if (!isOpen) return false;
      const taker = consumer;
      consumer = undefined;
      if (taker) taker.resolve({ done: false, value });
      else if (waiting.length < capacity) waiting.push(value);
      else {
        waiting.length = 0;
        end(overflow());
        return false;
      }
      return true;
    },
    end,
    values: asyncGenerator(next, discard),
  };
}

/** A generator function would not do: its `return` waits for the `next` that is under way. */
function asyncGenerator<T>(
  next: () => Promise<IteratorResult<T, void>>,
  discard: () => Promise<IteratorResult<T, void>>,
): AsyncGenerator<T, void, void> {
  return {
    next,
    return: discard,
    async throw(error) {
      await discard();
      throw error;
    },
    async [Symbol.asyncDispose]() {
      await discard();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
