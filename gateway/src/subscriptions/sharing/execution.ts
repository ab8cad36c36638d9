import { createVersionFloor, type Logger, type TraceContext } from '@tributary/service';
import { clientError, logInternalErrors } from '../../supergraph/errors.ts';
import type { GraphGeneration } from '../../supergraph/graph.ts';
import type { EventContext } from '../events-subgraph.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { Entry } from '../stream/live-event.ts';
import type { Viewer } from '../viewer.ts';
import type { SharedOperation } from './operation.ts';
import { CURSOR_PLACEHOLDER, createPayload, type Payload } from './payload.ts';

/** What an event is executed for: all who asked the same and may see the same. */
export interface ExecutionRequest {
  readonly generation: GraphGeneration;
  readonly operation: SharedOperation;
  readonly viewer: Viewer;
  readonly requestId: string;
}

/** Executes an event: what it carries comes from itself, the rest from the subgraphs, which are asked in the trace. */
export type ExecuteEvent = (request: ExecutionRequest, entry: Entry, trace: TraceContext) => Promise<Payload>;

export function createExecuteEvent(options: {
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}): ExecuteEvent {
  const { metrics, logger } = options;
  return async ({ generation, operation, viewer, requestId }, { event }, trace) => {
    const { field, perEvent, primary, variables } = operation;
    const versions = createVersionFloor();
    versions.raise(`${event.entityId}@${event.version}`);
    const context: EventContext = {
      requestId,
      trace,
      versions,
      viewerHeaders: viewer.headers,
      gone: new Set(),
      event: { document: primary, root: { [field]: { ...event.value, cursor: CURSOR_PLACEHOLDER } } },
    };
    metrics.executed(field);
    const { data, errors = [] } = await generation.federation.execute(perEvent, {
      request: { variables: { ...variables } },
      context,
      logger,
    });
    if (errors.length > 0) logInternalErrors(errors, logger, context);
    const shown = errors.map((error) => clientError('toJSON' in error ? error.toJSON() : error, trace));
    return createPayload({ data: data ?? null, errors: shown });
  };
}
