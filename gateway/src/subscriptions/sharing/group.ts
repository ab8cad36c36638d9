import type { Logger, Span, TraceContext } from '@tributary/service';
import type { Cursors } from '../cursor.ts';
import { ending } from '../endings.ts';
import type { Entry, OrderedEntry } from '../stream/live-event.ts';
import type { Ring } from '../stream/ring.ts';
import type { Turns } from '../stream/turns.ts';
import type { Payload } from './payload.ts';
import type { Results } from './results.ts';
import type { Subscriber } from './subscriber.ts';

export interface GroupOptions {
  readonly id: number;
  readonly ring: Ring;
  readonly cursors: Cursors;
  readonly results: Results;
  readonly turns: Turns;
  /** The number of the first event to deliver. */
  readonly next: number;
  matches(entry: Entry): boolean;
  /** The event's delivery to the group in the event's own trace; null where that is not recorded. */
  spanOf(entry: Entry): Span | null;
  execute(entry: Entry, trace: TraceContext): Promise<Payload>;
  /** Told after an event has gone to everyone: to how many, and how long after it was there. */
  onDelivered(entry: Entry, subscribers: number): void;
  readonly logger: Logger;
}

/** All who asked the same and may see the same: each event is executed once for them. */
export interface Group {
  matches(entry: Entry): boolean;
  resultOf(entry: Entry): Promise<Payload>;
  /** The number of the next event to deliver: whoever has seen all before it can join. */
  next(): number;
  join(subscriber: Subscriber): void;
  leave(subscriber: Subscriber): void;
  members(): ReadonlySet<Subscriber>;
  /** There are new events. */
  wake(): void;
  /** Whether it is behind because there is more to send than there is time, not because it waits for the graph. */
  isFlooded(limit: number): boolean;
  /** Delivers no further event. Resolves when none is on its way to the members. */
  stop(): Promise<void>;
}

/** Events that are executed before those that come before them have been delivered. */
const AHEAD = 16;
/** Subscribers that are sent something before the time is looked at. */
const STRIDE = 32;

export function createGroup(options: GroupOptions): Group {
  const { id, ring, cursors, results, turns, matches, onDelivered, logger } = options;
  const members = new Set<Subscriber>();
  let next = options.next;
  let ahead = next;
  let isStopped = false;
  let isExecuting = false;
  let isLookingAhead = false;
  let running: Promise<void> | undefined;
  /** Of the events that are on their way, by their numbers. */
  const spans = new Map<number, Span>();

  function resultOf(entry: Entry, trace = entry.trace): Promise<Payload> {
    return results.of(id, entry, () => options.execute(entry, trace));
  }

  /** Executes an event that is to be delivered, in the span of its delivery. */
  function executed(entry: OrderedEntry): Promise<Payload> {
    let span = spans.get(entry.sequence);
    if (!span) {
      span = options.spanOf(entry) ?? undefined;
      if (span) spans.set(entry.sequence, span);
    }
    return resultOf(entry, span?.context);
  }

  function endSpan({ sequence }: OrderedEntry, subscribers: number): void {
    const span = spans.get(sequence);
    if (!span) return;
    spans.delete(sequence);
    span.set({ 'tributary.subscribers': subscribers });
    span.end();
  }

  function endSpans(error?: unknown): void {
    for (const span of spans.values()) {
      if (error !== undefined) span.fail(error);
      span.end();
    }
    spans.clear();
  }

  /** Executes what comes next, so that a slow subgraph delays events by its answer once and not once each. */
  function lookAhead(): void {
    const until = Math.min(ring.head(), next + AHEAD);
    for (ahead = Math.max(ahead, next); ahead < until; ahead += 1) {
      const entry = ring.at(ahead);
      if (entry && matches(entry)) executed(entry).catch(() => {});
    }
  }

  /** Of what came while it waits for the graph. */
  async function lookFurther(): Promise<void> {
    if (isLookingAhead) return;
    isLookingAhead = true;
    await turns.next();
    isLookingAhead = false;
    if (isExecuting && !isStopped) lookAhead();
  }

  async function deliver(): Promise<void> {
    while (!isStopped && next < ring.head()) {
      if (turns.isOver()) {
        await turns.next();
        continue;
      }
      const entry = ring.at(next);
      if (!entry) return fellBehind();
      if (!matches(entry) || members.size === 0) {
        next += 1;
        endSpan(entry, 0);
      } else {
        lookAhead();
        isExecuting = true;
        const payload = await executed(entry).finally(() => {
          isExecuting = false;
        });
        if (isStopped) return;
        // From here on who joins has to have seen this event.
        next += 1;
        const shared = payload.message(cursors.write(entry.positions));
        let sent = 0;
        let visited = 0;
        for (const subscriber of [...members]) {
          if (subscriber.push(entry, payload, shared)) sent += 1;
          visited += 1;
          if (visited % STRIDE === 0 && turns.isOver()) await turns.next();
        }
        onDelivered(entry, sent);
        endSpan(entry, sent);
      }
    }
  }

  function fellBehind(): void {
    next = ring.head();
    endSpans();
    for (const member of [...members]) member.fail(ending.behind, 'server');
  }

  async function run(): Promise<void> {
    try {
      await deliver();
    } catch (error) {
      logger.error({ err: error }, 'an event could not be delivered');
      next = ring.head();
      endSpans(error);
      for (const member of [...members]) member.fail(ending.unavailable, 'server');
    }
    running = undefined;
    wake();
  }

  function wake(): void {
    if (isStopped || next >= ring.head()) return;
    if (isExecuting) void lookFurther();
    else running ??= run();
  }

  return {
    matches,
    resultOf: (entry) => resultOf(entry),
    next: () => next,
    join: (subscriber) => void members.add(subscriber),
    leave: (subscriber) => void members.delete(subscriber),
    members: () => members,
    wake,
    isFlooded: (limit) => members.size > 0 && !isExecuting && ring.head() - next > limit,
    async stop() {
      isStopped = true;
      // What is being executed still is not delivered.
      if (!isExecuting) await running;
      endSpans();
    },
  };
}
