import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, type TraceContext, traceContextOf, traceIdOf } from '@tributary/service';
import type { FastifyInstance } from 'fastify';
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { isAllowedOrigin } from '../../origins/allowed.ts';
import { type RawRefusal, refuseOverSocket } from '../../raw-refusal.ts';
import { requestIdOf } from '../../request-id.ts';
import type { SubscriptionLimits } from '../limits.ts';
import type { CutReason, SubscriptionMetrics } from '../metrics.ts';
import type { Viewer } from '../viewer.ts';
import type { Connections } from './connections.ts';
import { inRandomBatches } from './drain.ts';
import { createFlusher } from './flusher.ts';
import { shortened, startTimer } from './timers.ts';

export interface WebSocketsOptions {
  readonly server: FastifyInstance['server'];
  readonly path: string;
  readonly allowedOrigins: readonly string[];
  /** How connections are served: the protocol graphql-transport-ws. */
  readonly protocol: ServerOptions<Record<string, unknown>, Connection>;
  readonly connections: Connections;
  readonly limits: SubscriptionLimits;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

/** One client's socket, as the operations on it see it. */
export interface Connection extends Record<PropertyKey, unknown> {
  readonly request: IncomingMessage;
  /** Of the request that was upgraded; all operations of the connection share it. */
  readonly requestId: string;
  /** Of the request that was upgraded. */
  readonly trace: TraceContext;
  /** Known from `connection_init` on. */
  viewer: Viewer | undefined;
  /** Sends a message of text in UTF-8. False when the socket holds as much as it should. */
  send(text: Buffer): boolean;
  /** Calls back whenever the socket can take more, until the answer is called. */
  onDrain(listener: () => void): () => void;
  /** Closes the socket at a time, UTC milliseconds, since the caller may not be here any longer. */
  expireAt(atMs: number): void;
}

/** GraphQL over WebSocket, on the port of an HTTP server. */
export interface WebSockets {
  /** Tells every client to go and come again, in random batches, takes no new ones, and waits for them to leave. */
  stop(): Promise<void>;
}

const LEAVE_WITHIN_MS = 1_000;
/** How long the sending to many sockets may hold the event loop. */
const TURN_MS = 4;
/** RFC 6455 names it in its registry of close codes: the client comes again, elsewhere or later. */
const SERVICE_RESTART = 1012;

export function createWebSockets(options: WebSocketsOptions): WebSockets {
  const { server, path, allowedOrigins, protocol, connections, limits, metrics, logger } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.payloadBytes,
    handleProtocols,
    clientTracking: true,
  });
  const graphql = makeServer({ ...protocol, connectionInitWaitTimeout: limits.initTimeoutMs });
  const flusher = createFlusher({ turnMs: TURN_MS });
  let isStopping = false;

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => logger.debug({ err: error }, 'a socket broke'));
    const admitted = admit(request);
    if (typeof admitted !== 'function') {
      const ids = { requestId: requestIdOf(request), trace: traceContextOf(request.headers) };
      return refuseOverSocket(socket, admitted, ids);
    }
    socket.once('close', admitted);
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, socket, request));
  });

  function admit(request: IncomingMessage): (() => void) | RawRefusal {
    if (request.url?.split('?', 1)[0] !== path) return refusals.elsewhere;
    if (!isAllowedOrigin(request.headers, allowedOrigins)) {
      metrics.refused('origin');
      return refusals.origin;
    }
    if (isStopping) return refusals.stopping;
    const admitted = connections.admit('websocket', request.socket.remoteAddress ?? '');
    return typeof admitted === 'function' ? admitted : refusals[admitted];
  }

  /** What `graphql-ws/use/ws` does, with failures in the log instead of on the console. */
  function serve(client: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const timers = new Set<NodeJS.Timeout>();
    const drains = new Set<() => void>();
    socket.on('drain', () => {
      for (const listener of [...drains]) listener();
    });

    function closeIn(ms: number, cut: CutReason, code: number, reason: string): void {
      const close = () => {
        metrics.connectionCut('websocket', cut);
        client.close(code, reason);
      };
      timers.add(startTimer(close, ms));
    }

    let isCorked = false;
    const flushable = {
      flush() {
        isCorked = false;
        socket.uncork();
      },
    };
    const connection: Connection = {
      request,
      requestId: requestIdOf(request),
      trace: traceContextOf(request.headers),
      viewer: undefined,
      send(text) {
        if (client.readyState !== client.OPEN) return true;
        if (!isCorked) {
          isCorked = true;
          socket.cork();
          flusher.soon(flushable);
        }
        client.send(text, { binary: false });
        return !socket.writableNeedDrain;
      },
      onDrain(listener) {
        drains.add(listener);
        return () => drains.delete(listener);
      },
      expireAt: (atMs) =>
        closeIn(atMs - Date.now(), 'expired', CloseCode.Forbidden, 'Forbidden: the credentials have expired'),
    };
    const ids = { requestId: connection.requestId, traceId: traceIdOf(connection.trace) };
    if (limits.lifetimeMs > 0)
      closeIn(shortened(limits.lifetimeMs), 'lifetime', SERVICE_RESTART, 'Lifetime is over: come again');

    const closed = graphql.opened(
      {
        protocol: client.protocol,
        send: (data) =>
          new Promise((resolve, reject) => {
            if (client.readyState !== client.OPEN) resolve();
            else client.send(data, (error) => (error ? reject(error) : resolve()));
          }),
        close(code, reason) {
          if (code === CloseCode.ConnectionInitialisationTimeout) metrics.refused('init_timeout');
          client.close(code, reason);
        },
        onMessage(take) {
          client.on('message', (data) => {
            take(String(data)).catch((error: unknown) => {
              if (client.readyState !== client.OPEN) return;
              logger.error({ err: error, ...ids }, 'a message could not be handled');
              client.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      connection,
    );
    timers.add(keepAlive(client, limits.pingMs, () => metrics.connectionCut('websocket', 'silent')));
    client.on('error', (error) => {
      if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') metrics.refused('payload');
      logger.debug({ err: error, ...ids }, 'a client broke the protocol or the connection');
    });
    client.once('close', (code, reason) => {
      for (const timer of timers) clearTimeout(timer);
      closed(code, String(reason)).catch((error: unknown) =>
        logger.error({ err: error, ...ids }, 'a closed connection could not be cleared up'),
      );
    });
  }

  return {
    async stop() {
      isStopping = true;
      await inRandomBatches(sockets.clients, limits.drainMs, (client) => {
        metrics.connectionCut('websocket', 'drain');
        client.close(SERVICE_RESTART, 'Service restart: come again');
      });
      const deadline = Date.now() + LEAVE_WITHIN_MS;
      while (sockets.clients.size > 0 && Date.now() < deadline) await delay(10);
      for (const client of sockets.clients) client.terminate();
    },
  };
}

const RETRY_AFTER = { 'retry-after': '5' };
const tooMany = { code: 'TOO_MANY_CONNECTIONS', message: 'There are as many sockets and streams as there may be.' };
const refusals = {
  elsewhere: { status: 404, refusal: { code: 'NOT_FOUND', message: 'There is no WebSocket here.' } },
  origin: { status: 403, refusal: { code: 'FORBIDDEN', message: 'This origin may not open WebSockets here.' } },
  stopping: {
    status: 503,
    refusal: { code: 'UNAVAILABLE', message: 'This server stops; come again.' },
    headers: RETRY_AFTER,
  },
  sockets: { status: 503, refusal: tooMany, headers: RETRY_AFTER },
  address: { status: 429, refusal: tooMany, headers: RETRY_AFTER },
} satisfies Record<string, RawRefusal>;

/** Cuts off a client that does not answer a ping before the next one. */
function keepAlive(client: WebSocket, everyMs: number, onSilent: () => void): NodeJS.Timeout {
  let isAnswered = true;
  client.on('pong', () => {
    isAnswered = true;
  });
  return setInterval(() => {
    if (!isAnswered) {
      onSilent();
      client.terminate();
      return;
    }
    isAnswered = false;
    client.ping();
  }, everyMs);
}
