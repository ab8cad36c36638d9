import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cursorFetch, resuming } from '@tributary/client';
import { createResumeLink } from '@tributary/client/apollo';
import { createClient as createStreamClient } from 'graphql-sse';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A live result of any client. */
export interface LiveResult {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: unknown } }[];
}

/** A client as its own documentation sets it up, with this project's helper before it. */
export interface LiveClient {
  readonly name: string;
  subscribe(
    query: string,
    variables: Record<string, unknown>,
    sink: { next(result: LiveResult): void; error(error: unknown): void; complete(): void },
  ): () => void;
  close(): void;
}

/** Retries soon and for ever: how long a cut lasts is the test's choice. */
const RETRY = {
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: () => new Promise<void>((go) => setTimeout(go, 50)),
};
const RESUME = { attempts: Number.POSITIVE_INFINITY, delayMs: () => 50 };

function socketClient(url: string): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    shouldRetry: () => true,
    ...RETRY,
  });
}

function apollo(name: string, link: ApolloLink, dispose: () => void): LiveClient {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return {
    name,
    subscribe(query, variables, sink) {
      const subscription = client.subscribe({ query: gql(query), variables, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => (error ? sink.error(error) : sink.next({ data })),
        error: sink.error,
        complete: sink.complete,
      });
      return () => subscription.unsubscribe();
    },
    close() {
      client.stop();
      dispose();
    },
  };
}

/** Every client that the documentation names, each over its transport. */
export const liveClients: Readonly<Record<string, (url: string) => LiveClient>> = {
  'graphql-ws'(url) {
    const client = resuming(socketClient(url));
    return {
      name: 'graphql-ws',
      subscribe: (query, variables, sink) => client.subscribe({ query, variables }, sink as never),
      close: () => void client.dispose(),
    };
  },
  'graphql-sse'(url) {
    const client = resuming(
      createStreamClient({ url: `${url}/graphql/stream`, fetchFn: cursorFetch(fetch), ...RETRY }),
    );
    return {
      name: 'graphql-sse',
      subscribe: (query, variables, sink) => client.subscribe({ query, variables }, sink as never),
      close: () => client.dispose(),
    };
  },
  'Apollo Client over a WebSocket'(url) {
    const client = socketClient(url);
    return apollo('Apollo Client over a WebSocket', new GraphQLWsLink(resuming(client)), () => void client.dispose());
  },
  'Apollo Client over multipart HTTP'(url) {
    const link = createResumeLink(RESUME).concat(new HttpLink({ uri: `${url}/graphql` }));
    return apollo('Apollo Client over multipart HTTP', link, () => {});
  },
};
