import { VERSION_FLOOR_HEADER, type VersionFloor } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';
import { statusOf } from './status.ts';

/** A client that is told to come back later is told when, in seconds. */
const RETRY_AFTER_S = '1';

export interface AnswerHead {
  /** Undefined where the errors have no status of their own. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The HTTP head of a GraphQL answer. */
export function answerHead(
  data: Readonly<Record<string, unknown>> | null | undefined,
  errors: readonly GraphQLFormattedError[],
  versions: VersionFloor,
): AnswerHead {
  const status = statusOf(data, errors);
  const floor = versions.header();
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': RETRY_AFTER_S }),
      ...(floor !== undefined && { [VERSION_FLOOR_HEADER]: floor }),
    },
  };
}
