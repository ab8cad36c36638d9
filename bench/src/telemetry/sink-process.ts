import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offer } from '../live/offer.ts';
import { spansIn } from './spans-in.ts';
import type { Collector } from './variants.ts';

// A collector that takes all traces by OTLP over HTTP and keeps their number, or does as badly as it is told to.
let spans = 0;
let behaves: Collector = 'takes';
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    if (behaves === 'cuts') incoming.socket.destroy();
    if (behaves !== 'takes') return;
    spans += spansIn(Buffer.concat(chunks));
    // An empty message: all was taken.
    response.setHeader('content-type', 'application/x-protobuf').end();
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

offer({
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  spans: () => spans,
  behave(collector: Collector) {
    // What hangs is let go, so that it does not disturb what follows.
    if (behaves === 'hangs' && collector !== 'hangs') server.closeAllConnections();
    behaves = collector;
  },
});
