import type { Logger, TraceContext } from '@tributary/service';
import type { GraphGeneration } from '../../supergraph/graph.ts';
import { startContext } from '../../supergraph/request-context.ts';
import type { EventContext } from '../events-subgraph.ts';
import { executeEvent } from '../execute.ts';
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
    const { field, primary } = operation;
    const context: EventContext = {
      ...startContext({ requestId, trace, viewerHeaders: viewer.headers }),
      event: { document: primary, root: { [field]: { ...event.value, cursor: CURSOR_PLACEHOLDER } } },
    };
    context.versions.raise(`${event.entityId}@${event.version}`);
    metrics.executed(field);
    return createPayload(await executeEvent(generation, operation, context, logger));
  };
}
