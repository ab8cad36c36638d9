import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@tributary/engines';

/** A way to a MongoDB server that tests can close and open; closed to begin with. */
export async function createProxy(target: URL) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((inbound) => {
    const outbound = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  return {
    url: `mongodb://127.0.0.1:${port}`,
    async start() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async stop() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
