import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, type TraceContext, traceContextOf } from '@tributary/service';
import type { FastifyInstance } from 'fastify';
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { requestIdOf } from '../request-id.ts';
import { isAllowedOrigin } from './origin.ts';

export interface WebSocketsOptions {
  readonly server: FastifyInstance['server'];
  readonly path: string;
  readonly allowedOrigins: readonly string[];
  /** How connections are served: the protocol graphql-transport-ws. */
  readonly protocol: ServerOptions<Record<string, unknown>, ConnectionExtra>;
  readonly logger: Logger;
}

export interface ConnectionExtra extends Record<PropertyKey, unknown> {
  /** Of the request that was upgraded; all operations of the connection share them. */
  readonly requestId: string;
  readonly trace: TraceContext;
}

/** GraphQL over WebSocket, on the port of an HTTP server. */
export interface WebSockets {
  /** Tells every client to go and come again, takes no new ones, and waits for them to leave. */
  stop(): Promise<void>;
}

const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_CONNECTIONS = 10_000;
const PING_EVERY_MS = 12_000;
const LEAVE_WITHIN_MS = 1_000;
const GOING_AWAY = 1001;

export function createWebSockets({ server, path, allowedOrigins, protocol, logger }: WebSocketsOptions): WebSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    handleProtocols,
    clientTracking: true,
  });
  const graphql = makeServer(protocol);
  let isStopping = false;

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ err: error }, 'a socket broke'));
    const refusal = refusalOf(request);
    if (refusal) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (client) => serve(client, request));
  });

  function refusalOf(request: IncomingMessage): string | null {
    if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
    if (!isAllowedOrigin(request.headers, allowedOrigins)) return '403 Forbidden';
    if (isStopping || sockets.clients.size >= MAX_CONNECTIONS) return '503 Service Unavailable';
    return null;
  }

  /** What `graphql-ws/use/ws` does, with failures in the log instead of on the console. */
  function serve(client: WebSocket, request: IncomingMessage): void {
    const closed = graphql.opened(
      {
        protocol: client.protocol,
        send: (data) =>
          new Promise((resolve, reject) => {
            if (client.readyState !== client.OPEN) resolve();
            else client.send(data, (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => client.close(code, reason),
        onMessage(take) {
          client.on('message', (data) => {
            take(String(data)).catch((error: unknown) => {
              if (client.readyState !== client.OPEN) return;
              logger.error({ err: error }, 'a message could not be handled');
              client.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      { requestId: requestIdOf(request), trace: traceContextOf(request.headers) },
    );
    const stopPinging = keepAlive(client);
    client.on('error', (error) => logger.debug({ err: error }, 'a client broke the protocol or the connection'));
    client.once('close', (code, reason) => {
      stopPinging();
      closed(code, String(reason)).catch((error: unknown) =>
        logger.error({ err: error }, 'a closed connection could not be cleared up'),
      );
    });
  }

  return {
    async stop() {
      isStopping = true;
      for (const client of sockets.clients) client.close(GOING_AWAY, 'Going away');
      const deadline = Date.now() + LEAVE_WITHIN_MS;
      while (sockets.clients.size > 0 && Date.now() < deadline) await delay(10);
      for (const client of sockets.clients) client.terminate();
    },
  };
}

/** Cuts off a client that does not answer a ping before the next one. */
function keepAlive(client: WebSocket): () => void {
  let isAnswered = true;
  client.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    if (!isAnswered) return client.terminate();
    isAnswered = false;
    client.ping();
  }, PING_EVERY_MS);
  return () => clearInterval(timer);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
