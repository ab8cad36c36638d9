/** The subgraph that the gateway asks, and the clients that ask it: a process of their own, so that they cost it nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const CONNECTIONS = 16;
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const product = { id: ID, version: 3, name: 'Desk', description: 'Oak', price: '19.99' };
const answer = JSON.stringify({ data: { product } });
const request = JSON.stringify({ query: `{ product(id: "${ID}") { id version name description price } }` });

const server = createServer((incoming, response) => {
  incoming.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

let reads = 0;
async function load(url: string): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const client = async () => {
    for (;;) {
      const headers = { 'content-type': 'application/json' };
      const { body, statusCode } = await pool.request({ method: 'POST', path: '/graphql', headers, body: request });
      if (statusCode !== 200 || !(await body.text()).includes('Desk')) throw new Error('a read went wrong');
      reads += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
}

process.on('message', (message: 'count' | { loadUrl: string }) => {
  if (message === 'count') process.send?.(reads);
  else void load(message.loadUrl);
});
process.send?.({ subgraphUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` });
