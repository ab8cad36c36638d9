import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { offer } from '../live/offer.ts';

// A subgraph that has its answer ready, so that nearly all that a machine does for a query is the gateway's.
const server = createServer(async (request, response) => {
  const { variables } = JSON.parse(await text(request)) as { variables?: { id?: string } };
  const product = { id: variables?.id, version: 3, name: 'Desk', price: '19.99' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { product } }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

offer({ url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
