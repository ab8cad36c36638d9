import {
  createVersionFloor,
  type Logger,
  type TraceContext,
  traceIdOf,
  VERSION_FLOOR_HEADER,
  type VersionFloor,
} from '@tributary/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { badUserInput } from './errors.ts';

/** What is known of a request beside its operation. */
export interface SubgraphRequest {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Every line has the request's id and trace id. */
  readonly logger: Logger;
  /** The versions that reads must have at least, as the caller has seen them. */
  readonly seenVersions: VersionFloor;
  /** The versions that the answer tells the caller of. */
  readonly answeredVersions: VersionFloor;
  /** Aborted when the caller went away before the answer. */
  readonly signal: AbortSignal;
}

/** @throws GraphQLError BAD_USER_INPUT when the version floor is malformed */
export function readRequest(request: FastifyRequest, reply: FastifyReply, logger: Logger): SubgraphRequest {
  const { trace } = request;
  const seenVersions = createVersionFloor();
  const floor = request.headers[VERSION_FLOOR_HEADER];
  if (floor !== undefined && !seenVersions.raise(String(floor)))
    throw badUserInput([
      {
        path: [VERSION_FLOOR_HEADER],
        code: 'MALFORMED_VERSION_FLOOR',
        message: 'the version floor is not <id>@<version>,…',
      },
    ]);
  return {
    requestId: request.id,
    trace,
    logger: logger.child({ requestId: request.id, traceId: traceIdOf(trace) }),
    seenVersions,
    answeredVersions: createVersionFloor(),
    signal: abortedByCaller(reply),
  };
}

function abortedByCaller(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return abort.signal;
}
