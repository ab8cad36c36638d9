import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../logger.ts';
import { mayOperate } from './access.ts';
import { type Operation, OperationError } from './operation.ts';

export interface OperationsOptions {
  operations: readonly Operation[];
  /** What an operator must show. Null takes callers from this machine, without one. */
  token: string | null;
  logger: Logger;
  /** Aborted when the process stops. */
  signal: AbortSignal;
}

/** A line of the answer: any number of reports, then how it ended. */
export type OperationLine = { progress: unknown } | { result: unknown } | { error: { code: string; message: string } };

/**
 * Serves `GET /operations`, their names, and `POST /operations/<name>` with the input as JSON: lines of JSON, see
 * `OperationLine`. An operator who goes away aborts what runs.
 */
export function serveOperations(server: FastifyInstance, options: OperationsOptions): void {
  const { token, logger, signal } = options;
  const operations = new Map(options.operations.map((one) => [one.name, one]));

  server.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/operations')) return;
    const { host, authorization } = request.headers;
    if (mayOperate({ address: request.socket.remoteAddress ?? '', host, authorization }, token)) return;
    const message =
      token === null
        ? 'operations are for callers from this machine unless ADMIN_TOKEN is set'
        : 'operations need the token of this process: set TRIBUTARY_ADMIN_TOKEN for the command line';
    return reply.code(403).send({ error: { code: 'FORBIDDEN', message } });
  });

  server.get('/operations', async () => ({ operations: [...operations.keys()] }));

  server.post<{ Params: { name: string } }>('/operations/:name', async (request, reply) => {
    // A page of another origin can send anything but this without asking first (CORS: the simple requests).
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return reply.code(415).send({ error: { code: 'NOT_JSON', message: 'send the input as application/json' } });
    const found = operations.get(request.params.name);
    if (!found)
      return reply.code(404).send({
        error: { code: 'UNKNOWN_OPERATION', message: `this process has no operation ${request.params.name}` },
      });
    const gone = new AbortController();
    const lines = new PassThrough();
    lines.once('close', () => gone.abort());
    void run(found, request.body, lines, AbortSignal.any([signal, gone.signal]));
    return reply.type('application/x-ndjson').send(lines);
  });

  async function run(found: Operation, input: unknown, lines: PassThrough, aborted: AbortSignal): Promise<void> {
    const write = (line: OperationLine) => lines.writable && lines.write(`${JSON.stringify(line)}\n`);
    logger.info({ operation: found.name }, 'an operator has begun an operation');
    try {
      const result = await found.run(input, { signal: aborted, progress: (progress) => write({ progress }) });
      write({ result: result ?? null });
      logger.info({ operation: found.name }, 'the operation is done');
    } catch (error) {
      logger.warn({ err: error, operation: found.name }, 'the operation failed');
      write({ error: told(error) });
    }
    lines.end();
    await once(lines, 'close').catch(() => {});
  }
}

function told(error: unknown): { code: string; message: string } {
  if (error instanceof OperationError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: "the operation failed: the process's log says why" };
}
