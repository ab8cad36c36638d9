import type { TraceContext } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';

/** One GraphQL operation on its way through the gateway, exactly as a GraphQL client's would go. */
export interface Operation {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly trace: TraceContext;
  /** The versions that reads must have at least: `<id>@<version>,…`. */
  readonly versionFloor?: string;
}

export interface OperationResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  /** The versions that the caller has now seen, for its next read. */
  readonly versionFloor?: string;
}

/** Runs an operation. What goes wrong in the graph is in `errors`; it throws only for a defect. */
export type Execute = (operation: Operation) => Promise<OperationResult>;
