import { type Logger, type TraceContext, traceIdOf } from '@tributary/service';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { RequestContext } from './request-context.ts';

/** Codes that say that the gateway or a subgraph is at fault in a way that a client can do nothing about. */
const INTERNAL_CODES: ReadonlySet<unknown> = new Set([undefined, 'INTERNAL_SERVER_ERROR', 'DOWNSTREAM_SERVICE_ERROR']);

/** Codes by which a subgraph says that the gateway's request was wrong: for the client that is an internal error. */
const GATEWAY_FAULT_CODES: ReadonlySet<unknown> = new Set([
  ...INTERNAL_CODES,
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** Codes that say that something of ours was away, or too slow. */
const OUTAGE_CODES: ReadonlySet<unknown> = new Set([
  'COMMAND_NOT_CONFIRMED',
  'STALE_READ',
  'SUBGRAPH_UNAVAILABLE',
  'UNAVAILABLE',
]);

/** What an error may tell a client beside its code. */
const DOCUMENTED_EXTENSIONS = ['problems', 'commandId', 'currentVersion', 'cursor'] as const;

export const internalError = {
  message: 'Internal server error',
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
} as const;

/** An error of a subgraph as the query plan's execution may see it: code, message, path and documented extensions, or nothing but that it happened. */
export function subgraphError(error: GraphQLFormattedError): GraphQLFormattedError {
  const path = Array.isArray(error.path) ? { path: error.path } : {};
  if (typeof error.message !== 'string' || GATEWAY_FAULT_CODES.has(error.extensions?.code))
    return { ...internalError, ...path };
  return { message: error.message, ...path, extensions: documented(error.extensions) };
}

/** The last form of every error before it goes to a client, with the trace by which we find what happened. */
export function clientError(error: GraphQLFormattedError, trace: TraceContext): GraphQLFormattedError {
  return withTraceId(shownError(error), trace);
}

export function withTraceId(error: GraphQLFormattedError, trace: TraceContext): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, traceId: traceIdOf(trace) } };
}

/** Whether an operation that fails with it failed by no fault of its client. */
export function isFault({ extensions }: Pick<GraphQLFormattedError, 'extensions'>): boolean {
  return INTERNAL_CODES.has(extensions?.code) || OUTAGE_CODES.has(extensions?.code);
}

/** The one place that decides what a client is told of an error. */
export function shownError(error: GraphQLFormattedError): GraphQLFormattedError {
  const isInternal = INTERNAL_CODES.has(error.extensions?.code);
  return {
    message: isInternal ? internalError.message : error.message,
    ...(error.locations && !isInternal && { locations: error.locations }),
    ...(error.path && { path: upToList(error.path) }),
    extensions: isInternal ? internalError.extensions : documented(error.extensions),
  };
}

/** Logs, of an operation's errors, those that a client is told nothing of. A subgraph's were logged where they came. */
export function logInternalErrors(
  errors: readonly GraphQLError[],
  logger: Logger,
  context: Pick<RequestContext, 'requestId' | 'trace'>,
): void {
  for (const error of errors)
    if (INTERNAL_CODES.has(error.extensions.code) && error.message !== internalError.message)
      logFailure(error.originalError ?? error, logger, context);
}

/** Logs why an operation failed, under the ids that its client was told. */
export function logFailure(
  error: Error,
  logger: Logger,
  { requestId, trace }: Pick<RequestContext, 'requestId' | 'trace'>,
): void {
  logger.error({ err: error, requestId, traceId: traceIdOf(trace) }, 'an operation failed');
}

/** A refusal by its code, in words that the client reads. */
export function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** A refusal of what the client sent. */
export function badUserInput(message: string, problems: readonly Problem[] = []): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', problems, http: { status: 400 } },
  });
}

export interface Problem {
  readonly path: readonly string[];
  readonly code: string;
  readonly message: string;
}

function documented(extensions: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = { code: extensions?.code };
  for (const name of DOCUMENTED_EXTENSIONS) if (extensions?.[name] !== undefined) kept[name] = extensions[name];
  return kept;
}

/** The plan writes `@` for "every element of the list", which no path of an answer has. */
function upToList(path: readonly (string | number)[]): readonly (string | number)[] {
  const list = path.indexOf('@');
  return list < 0 ? path : path.slice(0, list);
}
