import { hasSpanRecorder, startSpan } from '@tributary/service';
import type { GraphQLError, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import { isFault } from './supergraph/errors.ts';
import type { RequestContext } from './supergraph/request-context.ts';

interface Result {
  readonly errors?: readonly (GraphQLError | GraphQLFormattedError)[] | undefined;
}

/** A client chooses the name. */
const NAME_CHARACTERS = 128;

/**
 * Runs an operation as a span of its request, in whose context it asks the subgraphs. Where its trace is not recorded, the span is kept
 * by itself if the operation fails by no fault of its client, or takes long.
 */
export function asOperationSpan<R extends Result>(
  operation: OperationDefinitionNode,
  context: RequestContext,
  run: (context: RequestContext) => Promise<R>,
): Promise<R> {
  return hasSpanRecorder() ? recorded(operation, context, run) : run(context);
}

async function recorded<R extends Result>(
  { operation: type, name }: OperationDefinitionNode,
  context: RequestContext,
  run: (context: RequestContext) => Promise<R>,
): Promise<R> {
  const shortName = name?.value.slice(0, NAME_CHARACTERS);
  const span = startSpan(`${type} ${shortName ?? 'anonymous'}`, {
    parent: context.trace,
    keep: true,
    attributes: {
      'graphql.operation.type': type,
      'graphql.operation.name': shortName,
      'tributary.request_id': context.requestId,
    },
  });
  try {
    const result = await run(span.isRecorded ? { ...context, trace: span.context } : context);
    const fault = result.errors?.find(isFault);
    if (fault) span.fail(fault instanceof Error ? fault : fault.message);
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
