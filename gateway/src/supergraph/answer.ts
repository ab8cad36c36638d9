import { VERSION_FLOOR_HEADER } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';
import type { Answer } from './exchange.ts';

interface GraphQLAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

export interface SubgraphAnswer {
  readonly body: GraphQLAnswer;
  /** The versions that the subgraph has seen or written, as it sent them. */
  readonly seen: string | undefined;
}

/** What an HTTP answer says in GraphQL, whatever its status; null when it does not speak GraphQL. */
export function readAnswer({ headers, body }: Answer): SubgraphAnswer | null {
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  if (!isGraphQLAnswer(content)) return null;
  const seen = headers[VERSION_FLOOR_HEADER];
  return { body: content, seen: Array.isArray(seen) ? seen.join(',') : seen };
}

function isGraphQLAnswer(content: unknown): content is GraphQLAnswer {
  if (typeof content !== 'object' || content === null) return false;
  const { data, errors } = content as { data?: unknown; errors?: unknown };
  if (errors !== undefined && !Array.isArray(errors)) return false;
  return errors !== undefined || typeof data === 'object';
}
