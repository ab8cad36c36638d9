import type { GraphQLFormattedError } from 'graphql';
import { type Answer, badRequest, internalError, type Problem, refuse } from './answer.ts';

const RETRY_AFTER = { 'retry-after': '1' };

/** Whether what failed was to change something, so that the caller must know if it may have happened. */
export type Kind = 'read' | 'change';

/** The answer for the errors of an operation. Messages of errors whose code is unknown stay inside. */
export function failureAnswer(errors: readonly GraphQLFormattedError[], kind: Kind): Answer {
  for (const error of errors) {
    const answer = knownFailure(error, kind);
    if (answer !== null) return answer;
  }
  return internalError;
}

function knownFailure({ extensions, message }: GraphQLFormattedError, kind: Kind): Answer | null {
  switch (extensions?.code) {
    case 'BAD_USER_INPUT':
      return badRequest(problemsOf(extensions.problems, message));
    case 'COMMAND_NOT_CONFIRMED':
      return refuse(
        503,
        {
          code: 'COMMAND_NOT_CONFIRMED',
          message:
            'The change was sent but not confirmed: it may still take effect. Ask for its command, or repeat it with the same Idempotency-Key.',
          ...(typeof extensions.commandId === 'string' && { commandId: extensions.commandId }),
        },
        RETRY_AFTER,
      );
    case 'UNAVAILABLE':
      return refuse(
        503,
        {
          code: 'UNAVAILABLE',
          message:
            kind === 'change' ? 'Changes cannot be taken now; nothing was sent.' : 'The answer cannot be had now.',
        },
        RETRY_AFTER,
      );
    case 'SUBGRAPH_UNAVAILABLE':
      return refuse(
        503,
        {
          code: 'SUBGRAPH_UNAVAILABLE',
          message:
            kind === 'change'
              ? 'A part of the service did not answer: the change may or may not have been made. Repeat it with the same Idempotency-Key.'
              : 'A part of the service did not answer.',
        },
        RETRY_AFTER,
      );
    case 'STALE_READ':
      return refuse(
        503,
        { code: 'STALE_READ', message: 'The version asked for is not readable yet.', ...versionOf(extensions) },
        RETRY_AFTER,
      );
    default:
      return null;
  }
}

function versionOf(extensions: Readonly<Record<string, unknown>>): { currentVersion?: number } {
  return typeof extensions.currentVersion === 'number' ? { currentVersion: extensions.currentVersion } : {};
}

/** Where the graph's names for inputs are REST's names for headers. */
const HEADERS: Readonly<Record<string, string>> = { expectedVersion: 'If-Match', idempotencyKey: 'Idempotency-Key' };

function problemsOf(problems: unknown, message: string): Problem[] {
  if (!Array.isArray(problems) || problems.length === 0) return [{ path: [], code: 'BAD_USER_INPUT', message }];
  return problems.map(({ path, code, message }: Problem) => ({ path: restPath(path), code, message }));
}

function restPath(path: Problem['path']): Problem['path'] {
  const inner = path[0] === 'input' ? path.slice(1) : path;
  const header = HEADERS[String(inner[0])];
  return header === undefined ? inner : [header];
}
