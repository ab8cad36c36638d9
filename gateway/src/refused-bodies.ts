import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** For so long what is left of a refused body may come. */
const LINGER_MS = 5_000;

/**
 * Fastify closes the connection where it refuses a body. What is still on its way then resets it, and its sender never reads why. So the
 * rest is read and thrown away, and the connection goes on; it is cut where the rest takes longer than `lingerMs`.
 */
export function readRefusedBodies(app: FastifyInstance, lingerMs = LINGER_MS): void {
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    if (reply.getHeader('connection') === 'close' && reply.raw.shouldKeepAlive) {
      reply.header('connection', 'keep-alive');
      if (!raw.complete) readRest(raw, lingerMs);
    }
    done();
  });
}

function readRest(raw: IncomingMessage, lingerMs: number): void {
  const linger = setTimeout(() => raw.socket.destroy(), lingerMs);
  raw.once('close', () => clearTimeout(linger));
  raw.unpipe();
  raw.resume();
}
