import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An operation as it came: what it does and the variables of its rows. */
export interface FakeRequest<T = Record<string, unknown>> {
  readonly kind: 'hello' | 'look' | 'create';
  readonly rows: readonly T[];
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON, a text as it is. */
  readonly body: object | string;
}

export interface FakeGateway {
  readonly url: string;
  /** Everything that came, the greeting left out. */
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** For tests: a server that answers operations over many rows as it is told. Null ends the connection instead. */
export async function startFakeGateway(
  answer: (request: FakeRequest, nth: number) => FakeAnswer | null,
): Promise<FakeGateway> {
  const requests: FakeRequest[] = [];
  const server = createServer(async (request, response) => {
    if (request.url !== '/graphql') {
      response.writeHead(404).end();
      return;
    }
    const chunks = await Array.fromAsync(request);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
    const kind = query.startsWith('mutation') ? 'create' : query.startsWith('query') ? 'look' : 'hello';
    const operation = { kind, rows: Object.values(variables) } as FakeRequest;
    if (kind !== 'hello') requests.push(operation);
    const {
      status = 200,
      headers,
      body,
    } = (kind === 'hello' ? { body: { data: { __typename: 'Query' } } } : answer(operation, requests.length)) ?? {};
    if (body === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The answer that gives each row what it is told. */
export function rowsAnswer(rows: readonly unknown[]): FakeAnswer {
  return { body: { data: Object.fromEntries(rows.map((row, n) => [`p${n}`, row])) } };
}
