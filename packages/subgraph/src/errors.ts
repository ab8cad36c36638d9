import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** One thing that is wrong with what a client sent. */
export interface Problem {
  /** Where it is, such as `['input', 'price']`. */
  readonly path: readonly string[];
  readonly code: string;
  readonly message: string;
}

/** Malformed input: one error that tells every problem. HTTP 400. */
export function badUserInput(problems: readonly Problem[]): GraphQLError {
  return new GraphQLError(problems.map((problem) => problem.message).join('; '), {
    extensions: { code: 'BAD_USER_INPUT', problems, http: { status: 400 } },
  });
}

/**
 * Something that this subgraph needs is away: the same request may succeed later. HTTP 503.
 * @param code a stable word such as `UNAVAILABLE`
 * @param details what else a client may know, such as a command's id
 */
export function outage(code: string, message: string, details: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, ...details, http: { status: 503, headers: new Map([['retry-after', '1']]) } },
  });
}

const INTERNAL = 'INTERNAL_SERVER_ERROR';

/** Whether nobody meant a client to see the error: a defect, to be logged and hidden. */
export function isDefect({ extensions: { code } }: GraphQLError): boolean {
  return code === undefined || code === INTERNAL;
}

/** What a client sees of an error: a defect shows nothing but that it happened, and where in the answer. */
export function shownError(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.code !== INTERNAL) return error;
  return {
    message: 'internal error',
    ...(error.path && { path: error.path }),
    extensions: { code: INTERNAL },
  };
}
