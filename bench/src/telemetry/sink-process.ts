import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offer } from '../live/offer.ts';
import { spansIn } from './spans-in.ts';

// A collector that takes all traces by OTLP over HTTP, and keeps their number.
const spans = new Map<string, number>();
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const path = incoming.url ?? '';
    spans.set(path, (spans.get(path) ?? 0) + spansIn(Buffer.concat(chunks)));
    // An empty message: all was taken.
    response.setHeader('content-type', 'application/x-protobuf').end();
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

offer({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  spans: (path: string) => spans.get(path) ?? 0,
});
