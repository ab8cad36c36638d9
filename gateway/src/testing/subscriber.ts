import type { TestContext } from 'node:test';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, for assertions.
type Result = { data?: any; errors?: any; extensions?: any };

export interface Subscription {
  /** The next result; rejects when none comes within some seconds, or the subscription ends. */
  next(): Promise<Result>;
  /** Waits for the end: what came before it, and the errors it ended with. */
  end(): Promise<{ results: readonly Result[]; errors: unknown }>;
  stop(): void;
}

export interface Subscriber {
  /** Subscribes; resolves when the gateway has taken the subscription over, since what is sent later is answered later. */
  subscribe(query: string, variables?: Record<string, unknown>): Promise<Subscription>;
  readonly client: Client;
}

const WITHIN_MS = 5_000;

/** A real graphql-ws client of a gateway. */
export function subscriber(
  test: Pick<TestContext, 'after'>,
  url: string,
  options: Pick<ClientOptions, 'connectionParams'> = {},
): Subscriber {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: 1_000,
    ...options,
  });
  test.after(() => client.dispose());

  async function subscribe(query: string, variables?: Record<string, unknown>): Promise<Subscription> {
    const results: Result[] = [];
    let errors: unknown;
    let isOver = false;
    let wake = () => {};
    const stop = client.subscribe(
      { query, ...(variables && { variables }) },
      {
        next(result) {
          results.push(result as Result);
          wake();
        },
        error(error) {
          errors = error;
          isOver = true;
          wake();
        },
        complete() {
          isOver = true;
          wake();
        },
      },
    );
    await roundTrip(client);

    async function until(condition: () => boolean): Promise<void> {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`nothing within ${WITHIN_MS} ms`)), WITHIN_MS);
      try {
        while (!condition()) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), late.promise]);
      } finally {
        clearTimeout(timer);
      }
    }

    return {
      async next() {
        await until(() => results.length > 0 || isOver);
        const result = results.shift();
        if (!result) throw new Error(`the subscription ended: ${JSON.stringify(errors)}`);
        return result;
      },
      async end() {
        await until(() => isOver);
        return { results, errors };
      },
      stop,
    };
  }
  return { client, subscribe };
}

/** Messages of a connection are taken in order, so an answer to a later one tells that the earlier one was taken. */
function roundTrip(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.subscribe({ query: '{ __typename }' }, { next: () => resolve(), error: reject, complete: () => {} });
  });
}
