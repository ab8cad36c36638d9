import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut: as a network loses connections, without a word to either side. */
export interface LossyLink {
  /** Where the server is, by this way. */
  readonly url: string;
  /** Ends every connection, and takes none until `mend`. */
  cut(): void;
  mend(): void;
  /** Connections that were opened so far. */
  opened(): number;
  close(): void;
}

export async function openLossyLink(target: string): Promise<LossyLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  let opened = 0;
  const server: Server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    opened += 1;
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function cut(): void {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend() {
      isCut = false;
    },
    opened: () => opened,
    close() {
      cut();
      server.close();
    },
  };
}
