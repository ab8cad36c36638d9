import type { EventLog } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import { type DocumentNode, GraphQLError } from 'graphql';
import { refusal } from '../supergraph/errors.ts';
import type { Graph, GraphGeneration } from '../supergraph/graph.ts';
import type { RequestContext } from '../supergraph/request-context.ts';
import { type CursorKey, type Cursors, createCursors, type Positions } from './cursor.ts';
import { ending } from './endings.ts';
import type { SubscriptionField } from './fields.ts';
import type { SubscriptionLimits } from './limits.ts';
import type { SubscriptionMetrics } from './metrics.ts';
import type { OpenSubscription, Outlet } from './outlet.ts';
import { createOwnSubscriptions } from './own.ts';
import { createFollowers } from './sharing/followers.ts';
import { createPrepare, type PrepareSubscription } from './sharing/operation.ts';
import type { EventStream } from './stream/event-stream.ts';
import type { LiveTopic, Reading } from './stream/live-event.ts';
import type { Viewer } from './viewer.ts';

export interface LiveOptions {
  readonly graph: Graph;
  readonly log: EventLog;
  readonly topic: LiveTopic<Reading>;
  readonly stream: EventStream;
  /** By root field of Subscription. */
  readonly fields: Readonly<Record<string, SubscriptionField>>;
  readonly cursorKeys: readonly CursorKey[];
  readonly limits: SubscriptionLimits;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

export interface LiveRequest {
  /** Validated against the current generation of the graph. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Where to go on, when the transport says so, whatever the operation says. */
  readonly after?: string | undefined;
  readonly context: RequestContext;
  readonly viewer: Viewer;
}

/** Subscriptions over the federated graph, for every transport. */
export interface Live {
  /** Whether live events can be followed now. */
  isUp(): boolean;
  /** Where a subscription begins that is opened now. */
  cursor(): string | null;
  /** Opens a subscription; its results go to the outlet, on which it may end at once. Or says why it is refused. */
  open(request: LiveRequest, outlet: Outlet): OpenSubscription | readonly GraphQLError[];
  stop(): Promise<void>;
}

export function createLive(options: LiveOptions): Live {
  const { graph, log, topic, stream, fields, cursorKeys, limits, metrics, logger } = options;
  const prepares = new WeakMap<GraphGeneration, PrepareSubscription>();
  let cursors: Cursors | undefined;
  let opened = 0;

  function prepareOf(generation: GraphGeneration): PrepareSubscription {
    const prepare = prepares.get(generation) ?? createPrepare(generation.federation);
    prepares.set(generation, prepare);
    return prepare;
  }

  function cursorsOf(): Cursors | undefined {
    const identity = stream.identity();
    if (!stream.ring() || identity === undefined) return undefined;
    cursors ??= createCursors({ keys: cursorKeys, log: identity, topic: topic.name, partitions: topic.partitions });
    return cursors;
  }

  const followers = createFollowers({ graph, log, topic, stream, prepareOf, limits, metrics, logger });
  const own = createOwnSubscriptions({ metrics, logger });

  /** What the transport and the operation say of where to go on; null for a cursor that is none. */
  function startOf(cursors: Cursors, after: unknown): Positions | null {
    if (after === null) return stream.ring()!.positions();
    return typeof after === 'string' ? cursors.read(after) : null;
  }

  return {
    isUp: () => stream.ring() !== undefined,
    cursor: () => cursorsOf()?.write(stream.ring()!.positions()) ?? null,
    open({ document, operationName, variables, after, context, viewer }, outlet) {
      const cursors = cursorsOf();
      if (!cursors) return [refusal('UNAVAILABLE', 'Live events are not available now')];
      if (opened >= limits.total) {
        metrics.refused('total');
        return [refusal('TOO_MANY_SUBSCRIPTIONS', 'This service has as many subscriptions as it can serve')];
      }
      const generation = graph.current();
      const prepared = prepareOf(generation)({ document, operationName, variables });
      if (!('operation' in prepared)) return prepared;
      const { operation, args } = prepared;
      const field = fields[operation.field];
      if (!field) throw new Error(`nothing tells of ${operation.field}`);

      const onEnd = () => {
        opened -= 1;
      };
      opened += 1;
      if (field.kind === 'own') {
        const values = field.open(args, context);
        if (!(values instanceof GraphQLError)) return own({ generation, operation, values, context, outlet, onEnd });
        onEnd();
        return [values];
      }
      const filter = field.filter(args, viewer);
      if (filter instanceof GraphQLError) {
        onEnd();
        return [filter];
      }
      // The transport's is the later one: a client that comes again sends the operation as it was.
      const asked = after ?? args.after ?? null;
      const positions = startOf(cursors, asked);
      if (!positions) {
        onEnd();
        metrics.refused('cursor_invalid');
        outlet.fail([ending.cursorInvalid]);
        return { cursor: null, resume() {}, stop() {} };
      }
      const isResumed = asked !== null;
      return followers.follow({
        generation,
        operation,
        filter,
        viewer,
        cursors,
        positions,
        isResumed,
        outlet,
        onEnd,
      });
    },
    stop: () => followers.stop(),
  };
}
