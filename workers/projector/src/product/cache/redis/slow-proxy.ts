import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that takes as long as a test says. */
export interface SlowProxy {
  url: string;
  /** How long each answer takes from now on, in milliseconds. */
  delayBy(ms: number): void;
  stop(): Promise<void>;
}

export async function slowProxy(target: URL): Promise<SlowProxy> {
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const server = createServer((inbound) => {
    const outbound = connect(Number(target.port), target.hostname);
    inbound.pipe(outbound);
    outbound.on('data', (bytes) => {
      if (delayMs === 0) inbound.write(bytes);
      else setTimeout(() => inbound.writable && inbound.write(bytes), delayMs);
    });
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayBy(ms) {
      delayMs = ms;
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
