import type { Logger } from '@tributary/service';
import { clientError, logInternalErrors } from '../supergraph/errors.ts';
import type { GraphGeneration } from '../supergraph/graph.ts';
import type { EventContext } from './events-subgraph.ts';
import type { SharedOperation } from './sharing/operation.ts';
import type { Result } from './sharing/payload.ts';

/** Executes one event of a subscription; what went wrong is logged, and shown as clients may see it. */
export async function executeEvent(
  { federation }: GraphGeneration,
  { perEvent, variables }: SharedOperation,
  context: EventContext,
  logger: Logger,
): Promise<Result> {
  const request = { variables: { ...variables } };
  const { data, errors = [] } = await federation.execute(perEvent, { request, context, logger });
  if (errors.length > 0) logInternalErrors(errors, logger, context);
  const shown = errors.map((error) => clientError('toJSON' in error ? error.toJSON() : error, context.trace));
  return { data: data ?? null, errors: shown };
}
