import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';

/** A request that a fake subgraph got; the context of its resolvers. */
export interface FakeRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Headers that go with the answer. */
  readonly answerHeaders: Record<string, string>;
}

/** Takes a request over from the schema; true when it did. */
export type Intercept = (request: FakeRequest, response: ServerResponse) => boolean;

/** Resolvers by type and field, with the request as their context. */
export type FakeResolvers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A real subgraph over real HTTP, with resolvers of the test. */
export interface FakeSubgraph {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  intercept(take: Intercept | null): void;
  stop(): Promise<void>;
}

export async function createFakeSubgraph(typeDefs: string, resolvers: FakeResolvers): Promise<FakeSubgraph> {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers as never });
  const requests: FakeRequest[] = [];
  let intercept: Intercept | null = null;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query, variables = {} } = JSON.parse(await textOf(incoming)) as FakeRequest;
    const request = { headers: incoming.headers, query, variables, answerHeaders: {} };
    requests.push(request);
    if (intercept?.(request, response)) return;
    const result = await graphql({ schema, source: query, variableValues: variables, contextValue: request });
    const isBadInput = result.errors?.some((error) => error.extensions.code === 'BAD_USER_INPUT');
    response.writeHead(isBadInput ? 400 : 200, { 'content-type': 'application/json', ...request.answerHeaders });
    response.end(JSON.stringify(result));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    requests,
    intercept(take) {
      intercept = take;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
