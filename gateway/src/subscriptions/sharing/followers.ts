import type { EventLog } from '@tributary/event-log';
import { isTraced, type Logger, type Span, startSpan } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';
import { v7 } from 'uuid';
import { shownError } from '../../supergraph/errors.ts';
import type { Graph, GraphGeneration } from '../../supergraph/graph.ts';
import type { Cursors, Positions } from '../cursor.ts';
import { ending } from '../endings.ts';
import type { SubscriptionLimits } from '../limits.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { OpenSubscription, Outlet } from '../outlet.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { Entry, LiveEvent, LiveTopic, Reading } from '../stream/live-event.ts';
import { createReplays } from '../stream/replay.ts';
import { createTurns } from '../stream/turns.ts';
import type { Viewer } from '../viewer.ts';
import { type Comer, createCatchUp } from './catch-up.ts';
import { createExecuteEvent } from './execution.ts';
import { createGroup, type Group } from './group.ts';
import type { PrepareSubscription, SharedOperation } from './operation.ts';
import { createResults } from './results.ts';
import { createSubscriber, type EndReason } from './subscriber.ts';

export interface FollowersOptions {
  readonly graph: Graph;
  readonly log: EventLog;
  readonly topic: LiveTopic<Reading>;
  readonly stream: EventStream;
  prepareOf(generation: GraphGeneration): PrepareSubscription;
  readonly limits: SubscriptionLimits;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

export interface FollowRequest {
  readonly generation: GraphGeneration;
  readonly operation: SharedOperation;
  filter(event: LiveEvent): boolean;
  readonly viewer: Viewer;
  readonly cursors: Cursors;
  /** Everything from here on is delivered. */
  readonly positions: Positions;
  readonly isResumed: boolean;
  readonly outlet: Outlet;
  /** Told once, when nothing more is delivered. */
  onEnd(): void;
}

/** Those who follow the events of a topic, each from where it stands, all who ask the same sharing the work. */
export interface Followers {
  follow(request: FollowRequest): OpenSubscription;
  stop(): Promise<void>;
}

const RESULT_BYTES = 32 * 1024 * 1024;
/** How long a loop over subscribers may hold the event loop. */
const TURN_MS = 4;

/** A group with all who belong to it, whether or not they have caught up. */
interface Circle {
  readonly key: string;
  readonly group: Group;
  readonly request: Pick<FollowRequest, 'operation' | 'filter' | 'viewer' | 'cursors'>;
  readonly followers: Set<Follower>;
}

interface Follower extends Comer {
  /** Another one when a new supergraph is loaded. */
  circle: Circle;
}

/** Events that a group may be behind before the log is read more slowly. */
const FLOOD_EVENTS = 4_096;

export function createFollowers(options: FollowersOptions): Followers {
  const { graph, log, topic, stream, prepareOf, limits, metrics, logger } = options;
  const turns = createTurns(TURN_MS);
  const results = createResults(RESULT_BYTES);
  const circles = new Map<string, Circle>();
  const replays = createReplays({ log, topic, turns, onRead: metrics.replayed, logger });
  const catchUp = createCatchUp({ log, topic: topic.name, ring: ringOf, replays, turns, metrics, logger });
  const execute = createExecuteEvent({ metrics, logger });
  let groups = 0;
  let isStopped = false;

  function ringOf() {
    const ring = stream.ring();
    if (!ring) throw new Error('the events are not followed yet');
    return ring;
  }

  function circleOf(generation: GraphGeneration, request: Circle['request']): Circle {
    const { operation, filter, viewer, cursors } = request;
    const key = JSON.stringify([generation.number, viewer.visibility, operation.key]);
    const known = circles.get(key);
    if (known) return known;
    const requestId = v7();
    groups += 1;
    const id = groups;
    const group = createGroup({
      id,
      ring: ringOf(),
      cursors,
      results,
      turns,
      next: ringOf().head(),
      matches: ({ event }) => filter(event),
      spanOf: (entry) => deliverySpan(entry, operation.field, id),
      execute: (entry, trace) => execute({ generation, operation, viewer, requestId }, entry, trace),
      onDelivered: (entry, subscribers) => metrics.delivered(operation.field, subscribers, entry),
      logger,
    });
    const circle: Circle = { key, group, request, followers: new Set() };
    circles.set(key, circle);
    return circle;
  }

  function deliverySpan({ partition, offset, trace }: Entry, field: string, group: number): Span | null {
    if (!isTraced(trace)) return null;
    return startSpan(`deliver ${field}`, {
      parent: trace,
      kind: 'consumer',
      attributes: {
        'messaging.system': log.system,
        'messaging.destination.name': topic.name,
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': offset,
        'messaging.operation.type': 'process',
        'tributary.group': group,
      },
    });
  }

  function leave(follower: Follower): void {
    const { circle, subscriber } = follower;
    circle.group.leave(subscriber);
    circle.followers.delete(follower);
    if (circle.followers.size > 0) return;
    if (circles.get(circle.key) === circle) circles.delete(circle.key);
    void circle.group.stop();
  }

  const stopWaking = stream.onAppend(() => {
    for (const { group } of circles.values()) group.wake();
  });
  stream.onBatch(() => (isFlooded() ? untilThereIsRoom() : undefined));
  stream.onGap((partition, position) => {
    logger.error({ partition }, 'events were deleted before they could be read; subscriptions are ended');
    for (const { followers } of circles.values())
      for (const { subscriber } of followers)
        if (subscriber.positions()[partition]! < position) subscriber.fail(ending.cursorExpired, 'server');
  });
  const stopReloading = graph.onChange(moveAll);

  /** So that events wait in the log and not in a memory that is bounded. */
  const isFlooded = () => [...circles.values()].some(({ group }) => group.isFlooded(FLOOD_EVENTS));
  async function untilThereIsRoom(): Promise<void> {
    while (isFlooded()) await new Promise(setImmediate);
  }

  /** Has every subscription go on by the new supergraph, or ends it where that has no place for it. */
  function moveAll(): void {
    const all = [...circles.values()];
    circles.clear();
    for (const circle of all)
      move(circle).catch((error: unknown) => {
        logger.error({ err: error }, 'subscriptions could not go on by the new supergraph');
        failAll(circle, ending.unavailable, 'server');
      });
  }

  async function move(circle: Circle): Promise<void> {
    await circle.group.stop();
    while (turns.isOver()) await turns.next();
    if (circle.followers.size === 0) return;
    // Another one may have been loaded meanwhile.
    const generation = graph.current();
    const operation = reprepared(generation, circle.request.operation);
    if (isStopped) return failAll(circle, ending.unavailable, 'server');
    if ('message' in operation) return failAll(circle, operation, 'refused');
    const next = circleOf(generation, { ...circle.request, operation });
    for (const follower of circle.followers) {
      follower.circle = next;
      next.followers.add(follower);
      // Whoever had not caught up is on its way already.
      if (circle.group.members().has(follower.subscriber)) void catchUp(follower);
    }
  }

  function failAll({ followers }: Circle, error: GraphQLFormattedError, reason: EndReason): void {
    for (const { subscriber } of [...followers]) subscriber.fail(error, reason);
  }

  function reprepared(generation: GraphGeneration, { text, operationName, variables }: SharedOperation) {
    const document = generation.documents(text);
    if (!('kind' in document)) return shownError(document[0]!.toJSON());
    const prepared = prepareOf(generation)({ document, operationName, variables });
    return 'operation' in prepared ? prepared.operation : shownError(prepared[0]!.toJSON());
  }

  return {
    follow(request) {
      const { generation, operation, positions, isResumed, outlet, cursors, onEnd } = request;
      const circle = circleOf(generation, request);
      const { field } = operation;
      const subscriber = createSubscriber({
        outlet,
        cursors,
        positions,
        queueEvents: limits.queueEvents,
        queueBytes: limits.queueBytes,
        stallMs: limits.stallMs,
        onEnd(reason) {
          leave(follower);
          metrics.closed(field, reason);
          onEnd();
        },
      });
      const follower: Follower = { circle, subscriber, field, group: () => follower.circle.group };
      circle.followers.add(follower);
      metrics.opened(field, isResumed ? (ringOf().covers(positions) ? 'memory' : 'log') : 'now');
      void catchUp(follower);
      return { cursor: cursors.write(positions), resume: subscriber.resume, stop: subscriber.stop };
    },
    async stop() {
      isStopped = true;
      stopWaking();
      stopReloading();
      for (const circle of [...circles.values()]) failAll(circle, ending.unavailable, 'server');
      await replays.stop();
    },
  };
}
