import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { clientFrame, createFrameReader, Opcode } from './frames.ts';

export interface LiveSocketOptions {
  readonly port: number;
  /** A text message lies in `data` from `start` to `end`, until the call returns. */
  onMessage(data: Buffer, start: number, end: number): void;
  /** The server has ended the connection, or it broke. */
  onLost(reason: string): void;
}

/** A client's end of a WebSocket with graphql-transport-ws, as cheap as can be: thousands fit into one process. */
export interface LiveSocket {
  /** Resolves when the server has taken the upgrade. */
  readonly opened: Promise<void>;
  send(message: object): void;
  /** Reads nothing any more, as a client does that hangs. */
  freeze(): void;
  thaw(): void;
  /** Breaks the connection without a word. */
  destroy(): void;
}

/** All sockets read into it, one after the other. */
const shared = Buffer.alloc(64 * 1024);
const HEAD_END = Buffer.from('\r\n\r\n');

export function openLiveSocket({ port, onMessage, onLost }: LiveSocketOptions): LiveSocket {
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  let isOver = false;
  let head = Buffer.alloc(0);

  const readFrames = createFrameReader((opcode, data, start, end) => {
    if (opcode === Opcode.TEXT) onMessage(data, start, end);
    else if (opcode === Opcode.PING) socket.write(clientFrame(Opcode.PONG, Buffer.from(data.subarray(start, end))));
    else if (opcode === Opcode.CLOSE) lose(closeReason(data.subarray(start, end)));
  });

  function readHead(chunk: Buffer): void {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) return;
    const status = head.toString('latin1', 0, head.indexOf('\r\n'));
    isOpen = status.startsWith('HTTP/1.1 101 ');
    if (isOpen) opened.resolve();
    else lose(`the upgrade was answered with ${status}`);
    readFrames(head.subarray(end + HEAD_END.length));
    head = Buffer.alloc(0);
  }

  function lose(reason: string): void {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    opened.reject(new Error(reason));
    if (isOpen) onLost(reason);
  }

  const socket = connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer: shared,
      callback(length) {
        const chunk = shared.subarray(0, length);
        if (isOpen) readFrames(chunk);
        else readHead(chunk);
        return true;
      },
    },
  });
  socket.on('error', (error) => lose(error.message));
  socket.on('close', () => lose('the connection was closed'));
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      '\r\n',
    ].join('\r\n'),
  );

  return {
    opened: opened.promise,
    send: (message) => void socket.write(clientFrame(Opcode.TEXT, Buffer.from(JSON.stringify(message)))),
    freeze: () => void socket.pause(),
    thaw: () => void socket.resume(),
    destroy() {
      isOver = true;
      // Without a reset, the port of each of thousands would be taken for a minute.
      socket.resetAndDestroy();
    },
  };
}

function closeReason(payload: Buffer): string {
  return payload.length < 2 ? 'closed' : `closed with ${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`;
}
