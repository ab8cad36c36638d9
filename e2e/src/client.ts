import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, unknown> & { code?: string };
}

export interface GraphqlAnswer<Data> {
  status: number;
  headers: Headers;
  data: Data | null | undefined;
  errors: GraphqlError[] | undefined;
  /** The answer as it came. */
  text: string;
}

/** Sends one operation over HTTP, as any GraphQL client would. */
export async function graphql<Data = Record<string, unknown>>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer<Data>> {
  return graphqlText(url, JSON.stringify({ query, variables }), headers);
}

/** Sends a body as it is: for what JSON.stringify cannot write. */
export async function graphqlText<Data = Record<string, unknown>>(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const parsed = JSON.parse(text) as { data?: Data | null; errors?: GraphqlError[] };
  return { status: response.status, headers: response.headers, data: parsed.data, errors: parsed.errors, text };
}

export interface RestAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

/** Sends one request to the REST facade; `body` is sent as JSON unless it is already text. */
export async function rest<Body = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RestAnswer<Body>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body, text };
}

export interface Subscriber<Data> {
  /** The next event that `matches`, of those received or still to come. */
  next(matches: (data: Data) => boolean): Promise<Data>;
  /** Everything received so far. */
  received: readonly Data[];
  close(): Promise<void>;
}

/** Subscribes over graphql-ws and resolves once the socket is accepted. */
export async function subscribe<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Subscriber<Data>> {
  const connected = Promise.withResolvers<void>();
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    on: { connected: () => connected.resolve(), error: (error) => connected.reject(error) },
  });
  await connected.promise;
  const received: Data[] = [];
  let failure: unknown;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  client.subscribe<Data>(
    { query, variables },
    {
      next: (result) => {
        if (result.errors) failure = new Error(JSON.stringify(result.errors));
        else received.push(result.data as Data);
        changed();
      },
      error: (error) => {
        failure = error;
        changed();
      },
      complete: changed,
    },
  );
  return {
    received,
    async next(matches) {
      const deadline = AbortSignal.timeout(15_000);
      for (;;) {
        const found = received.find(matches);
        if (found) return found;
        if (failure) throw failure;
        deadline.throwIfAborted();
        await Promise.race([
          wake.promise,
          new Promise((resolve) => deadline.addEventListener('abort', resolve, { once: true })),
        ]);
      }
    },
    close: async () => {
      await client.dispose();
    },
  };
}
