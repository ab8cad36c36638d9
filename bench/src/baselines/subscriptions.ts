import { EventEmitter, on } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import { parse } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { openLiveLog } from '../live/log.ts';
import { heapBytes, offer } from '../live/offer.ts';

// Subscriptions as they are usually served: graphql-js executes each event for each subscriber, and each execution asks
// the other subgraph for what the event does not carry.
const [, , inventoryUrl = ''] = process.argv;
const changes = new EventEmitter().setMaxListeners(0);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

async function* updated(): AsyncGenerator<{ productUpdated: object }> {
  for await (const [event] of on(changes, 'updated')) yield { productUpdated: event };
}

function stockOf(id: string): Promise<number> {
  const query = 'query($representations:[_Any!]!){_entities(representations:$representations){...on Product{stock}}}';
  const body = JSON.stringify({ query, variables: { representations: [{ __typename: 'Product', id }] } });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request(inventoryUrl, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()).data._entities[0].stock));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const events = new URL('../../../gateway/src/supergraph/events.graphql', import.meta.url);
const schema = buildSubgraphSchema({
  typeDefs: [parse(readFileSync(events, 'utf8')), parse('type Query { none: Int } extend type Product { stock: Int }')],
  resolvers: {
    Subscription: { productUpdated: { subscribe: () => updated() } },
    Product: { stock: ({ id }: { id: string }) => stockOf(id) },
  },
});
const graphql = makeServer({ schema });
const server = createServer();
const sockets = new WebSocketServer({ server, path: '/graphql', handleProtocols });
sockets.on('connection', (client, request) => {
  const closed = graphql.opened(
    {
      protocol: client.protocol,
      send: (data) =>
        new Promise((resolve, reject) => client.send(data, (error) => (error ? reject(error) : resolve()))),
      close: (code, reason) => client.close(code, reason),
      onMessage: (take) => client.on('message', (data) => void take(String(data)).catch(() => client.terminate())),
    },
    { request },
  );
  client.on('error', () => client.terminate());
  client.once('close', (code, reason) => void closed(code, String(reason)));
});

const log = await openLiveLog('bench-baseline');
const tail = await log.tail({
  topic: productEvents.name,
  from: 'end',
  onRecords(records) {
    for (const { value } of records) {
      const { body, ...event } = ProductEvent.decode(value);
      if (body?.$case !== 'updated' || !body.value.product) continue;
      const version = Number(event.version);
      const occurredAt = instant(event.occurredAtMs);
      changes.emit('updated', {
        ...event,
        id: event.eventId,
        type: 'UPDATED',
        version,
        occurredAt,
        product: viewOf(body.value.product),
      });
    }
  },
});
await tail.ready;

function viewOf({ version, createdAtMs, updatedAtMs, ...product }: Product) {
  return { ...product, version: Number(version), createdAt: instant(createdAtMs), updatedAt: instant(updatedAtMs) };
}

function instant(ms: bigint): string {
  return new Date(Number(ms)).toISOString();
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
offer({ port: () => (server.address() as AddressInfo).port, heapBytes });
