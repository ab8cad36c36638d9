import type { EventLog } from '@tributary/event-log';
import { createVersionFloor, type Logger } from '@tributary/service';
import { v7 } from 'uuid';
import { clientError, logInternalErrors } from '../../supergraph/errors.ts';
import type { Graph, GraphGeneration } from '../../supergraph/graph.ts';
import type { Cursors, Positions } from '../cursor.ts';
import { ending } from '../endings.ts';
import type { EventContext } from '../events-subgraph.ts';
import type { SubscriptionLimits } from '../limits.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { OpenSubscription, Outlet } from '../outlet.ts';
import type { EventStream } from '../stream/event-stream.ts';
import type { Entry, LiveEvent, LiveTopic, Reading } from '../stream/live-event.ts';
import { createReplays } from '../stream/replay.ts';
import type { Viewer } from '../viewer.ts';
import { createGroup, type Group } from './group.ts';
import type { PrepareSubscription, SharedOperation } from './operation.ts';
import { CURSOR_PLACEHOLDER, createPayload, type Payload } from './payload.ts';
import { createResults } from './results.ts';
import { createSubscriber, furthest, type Subscriber } from './subscriber.ts';
import { createTurns } from './turns.ts';

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

interface Follower {
  /** Another one when a new supergraph is loaded. */
  circle: Circle;
  readonly subscriber: Subscriber;
}

/** Events that a group may be behind before the log is read more slowly. */
const FLOOD_EVENTS = 4_096;

export function createFollowers(options: FollowersOptions): Followers {
  const { graph, log, topic, stream, prepareOf, limits, metrics, logger } = options;
  const turns = createTurns(TURN_MS);
  const results = createResults(RESULT_BYTES);
  const circles = new Map<string, Circle>();
  const replays = createReplays({ log, topic, onRead: metrics.replayed, logger });
  let groups = 0;

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
    const group = createGroup({
      id: groups,
      ring: ringOf(),
      cursors,
      results,
      turns,
      next: ringOf().head(),
      matches: ({ event }) => filter(event),
      execute: (entry) => execute(generation, request, requestId, entry),
      onDelivered: (entry, subscribers) => metrics.delivered(operation.field, subscribers, entry),
      logger,
    });
    const circle: Circle = { key, group, request, followers: new Set() };
    circles.set(key, circle);
    return circle;
  }

  function leave(follower: Follower): void {
    const { circle, subscriber } = follower;
    circle.group.leave(subscriber);
    circle.followers.delete(follower);
    if (circle.followers.size > 0) return;
    if (circles.get(circle.key) === circle) circles.delete(circle.key);
    void circle.group.stop();
  }

  async function execute(
    generation: GraphGeneration,
    { operation, viewer }: Circle['request'],
    requestId: string,
    entry: Entry,
  ): Promise<Payload> {
    const { field, perEvent, primary, variables } = operation;
    const { event, trace } = entry;
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
    const shown = errors.map((error) => clientError('toJSON' in error ? error.toJSON() : error));
    return createPayload({ data: data ?? null, errors: shown });
  }

  /** Brings a subscriber from where it stands to its group. */
  async function catchUp(follower: Follower): Promise<void> {
    const { subscriber } = follower;
    while (subscriber.isOpen()) {
      if (ringOf().covers(subscriber.positions())) {
        if (await followRing(follower)) return;
      } else await followReplay(follower);
      await subscriber.room();
    }
  }

  /** True when it has joined its group; false when what it needs is no longer in memory. */
  async function followRing(follower: Follower): Promise<boolean> {
    const { subscriber } = follower;
    const ring = ringOf();
    let sequence = ring.firstAfter(subscriber.positions());
    for (;;) {
      const { group } = follower.circle;
      if (sequence >= group.next()) {
        group.join(subscriber);
        group.wake();
        return true;
      }
      const entry = ring.at(sequence);
      if (!entry) return false;
      if (entry.offset >= subscriber.positions()[entry.partition]! && group.matches(entry)) {
        const payload = await group.resultOf(entry);
        await subscriber.room();
        if (!subscriber.isOpen()) return true;
        subscriber.send(payload, furthest(subscriber.positions(), entry.positions));
        metrics.delivered(follower.circle.request.operation.field, 1, null);
      } else subscriber.moveTo(entry.positions);
      sequence += 1;
      if (turns.isOver()) await turns.next();
      if (!subscriber.isOpen()) return true;
    }
  }

  async function followReplay(follower: Follower): Promise<void> {
    const { subscriber } = follower;
    let isReading = true;
    const end = await replays.read({
      positions: subscriber.positions,
      isDone: () => !subscriber.isOpen() || ringOf().covers(subscriber.positions()),
      pass: (partition, position) => subscriber.moveTo(subscriber.positions().with(partition, position)),
      take(entry) {
        const { group, request } = follower.circle;
        if (subscriber.room()) return false;
        if (!group.matches(entry)) return true;
        return group.resultOf(entry).then((payload) => {
          if (!isReading || !subscriber.isOpen() || subscriber.room()) return false;
          subscriber.send(payload, subscriber.positions().with(entry.partition, entry.offset + 1));
          metrics.delivered(request.operation.field, 1, null);
          return true;
        });
      },
    });
    isReading = false;
    if (end === 'expired') {
      metrics.refused('cursor_expired');
      subscriber.fail(ending.cursorExpired, 'refused');
    } else if (end === 'failed') subscriber.fail(ending.unavailable, 'server');
  }

  /** A cursor may be ahead of this process, though not of the log. */
  async function isBeyondLog(positions: Positions): Promise<boolean> {
    const known = ringOf().positions();
    if (positions.every((position, partition) => position <= known[partition]!)) return false;
    const ranges = await log.offsets(topic.name);
    return [...ranges].some(([partition, { end }]) => BigInt(positions[partition]!) > end);
  }

  async function begin(follower: Follower): Promise<void> {
    try {
      if (await isBeyondLog(follower.subscriber.positions())) {
        metrics.refused('cursor_expired');
        follower.subscriber.fail(ending.cursorExpired, 'refused');
      } else await catchUp(follower);
    } catch (error) {
      logger.error({ err: error }, 'a subscription could not go on');
      follower.subscriber.fail(ending.unavailable, 'server');
    }
  }

  const stopWaking = stream.onAppend(() => {
    for (const { group } of circles.values()) group.wake();
  });
  stream.onBatch(() => (isFlooded() ? untilThereIsRoom() : undefined));
  stream.onGap((partition) => {
    logger.error({ partition }, 'events were deleted before they could be read; subscriptions are ended');
    for (const { followers } of circles.values())
      for (const { subscriber } of followers) subscriber.fail(ending.cursorExpired, 'server');
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
    for (const circle of all) void move(circle);
  }

  async function move(circle: Circle): Promise<void> {
    await circle.group.stop();
    // Another one may have been loaded meanwhile.
    const generation = graph.current();
    const operation = reprepared(generation, circle.request.operation);
    if ('message' in operation) {
      for (const { subscriber } of [...circle.followers]) subscriber.fail(operation, 'refused');
      return;
    }
    if (circle.followers.size === 0) return;
    const next = circleOf(generation, { ...circle.request, operation });
    for (const follower of circle.followers) {
      follower.circle = next;
      next.followers.add(follower);
      // Whoever had not caught up is on its way already.
      if (circle.group.members().has(follower.subscriber)) void begin(follower);
    }
  }

  function reprepared(generation: GraphGeneration, { text, operationName, variables }: SharedOperation) {
    const document = generation.documents(text);
    if (!('kind' in document)) return clientError(document[0]!.toJSON());
    const prepared = prepareOf(generation)({ document, operationName, variables });
    return 'operation' in prepared ? prepared.operation : clientError(prepared[0]!.toJSON());
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
      const follower: Follower = { circle, subscriber };
      circle.followers.add(follower);
      metrics.opened(field, isResumed ? (ringOf().covers(positions) ? 'memory' : 'log') : 'now');
      void begin(follower);
      return subscriber;
    },
    async stop() {
      stopWaking();
      stopReloading();
      await replays.stop();
      await Promise.all([...circles.values()].map(({ group }) => group.stop()));
    },
  };
}
