import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offer } from './offer.ts';

// A subgraph that has each product's stock, and next to no costs of its own: it counts what it is asked.
interface EntitiesRequest {
  readonly query: string;
  readonly variables?: { readonly representations?: readonly object[] };
}

/** Requests for entities, by the path that the asker has for itself. */
const requests = new Map<string, number>();
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as EntitiesRequest;
    const isForEntities = query.includes('_entities');
    const path = incoming.url ?? '';
    if (isForEntities) requests.set(path, (requests.get(path) ?? 0) + 1);
    const entities = (variables?.representations ?? []).map(() => ({ stock: 42 }));
    const data = isForEntities ? { _entities: entities } : { __typename: 'Query' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

offer({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  requests: (path: string) => requests.get(path) ?? 0,
});
