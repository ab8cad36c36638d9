import type { GraphQLFormattedError } from 'graphql';
import type { Cursors, Positions } from '../cursor.ts';
import { ending } from '../endings.ts';
import type { Message, Outlet } from '../outlet.ts';
import type { OrderedEntry } from '../stream/live-event.ts';
import type { Payload } from './payload.ts';

export interface SubscriberOptions {
  readonly outlet: Outlet;
  readonly cursors: Cursors;
  /** Where the subscriber stands: what comes before was seen, or not asked for. */
  readonly positions: Positions;
  /** Messages, and their bytes, that may wait while the connection takes no more. */
  readonly queueEvents: number;
  readonly queueBytes: number;
  /** How long the connection may take nothing while something waits, in milliseconds. */
  readonly stallMs: number;
  /** Told once, when nothing more is sent: by whom it ended. */
  onEnd(reason: EndReason): void;
}

export type EndReason = 'client' | 'slow' | 'refused' | 'server';

/** One subscription of one client: where it stands, and what waits for it. */
export interface Subscriber {
  isOpen(): boolean;
  positions(): Positions;
  /** Sends what everyone in its group is sent, unless it has seen it. True when it was sent or waits. */
  push(entry: OrderedEntry, payload: Payload, shared: Message): boolean;
  /** Sends an event while it catches up, when it has room. The positions are where it stands after it. */
  send(payload: Payload, after: Positions): void;
  /** It has seen all that comes before these positions. */
  moveTo(positions: Positions): void;
  /** Whether it can be sent more while it catches up. */
  hasRoom(): boolean;
  /** Resolves when it has room, or has ended. */
  room(): Promise<void>;
  /** The connection takes more. */
  resume(): void;
  /** Ends it with an error that tells where it stands. */
  fail(error: GraphQLFormattedError, reason: EndReason): void;
  /** Ends it without a word: the client has gone. */
  stop(): void;
}

/**
 * How much of the queue may be filled while it catches up: enough to keep the connection busy. What waits then is each
 * subscriber's own, where what a group is sent is held once for all.
 */
const CATCH_UP_SHARE = 1 / 8;

export function createSubscriber(options: SubscriberOptions): Subscriber {
  const { outlet, cursors, queueEvents, queueBytes, stallMs, onEnd } = options;
  let positions = options.positions;
  /** Whether what everyone is sent after an event is also where this one stands after it. */
  let isInStep = false;
  let isOpen = true;
  let takesMore = true;
  let waiting: Message[] = [];
  let waitingBytes = 0;
  let lastSent: string | null = null;
  let stalled: NodeJS.Timeout | undefined;
  let roomy: PromiseWithResolvers<void> | undefined;

  function write(message: Message): void {
    lastSent = message.cursor;
    takesMore = outlet.write(message);
    if (!takesMore && isOpen) stalled ??= setTimeout(slow, stallMs);
  }

  function put(message: Message): void {
    if (takesMore && waiting.length === 0) write(message);
    else {
      waiting.push(message);
      waitingBytes += message.body.length;
    }
  }

  function slow(): void {
    fail(ending.slow, 'slow');
  }

  function close(reason: EndReason): void {
    isOpen = false;
    clearTimeout(stalled);
    waiting = [];
    roomy?.resolve();
    onEnd(reason);
  }

  function fail(error: GraphQLFormattedError, reason: EndReason): void {
    if (!isOpen) return;
    const cursor = (waiting.length > 0 ? lastSent : null) ?? cursors.write(positions);
    close(reason);
    outlet.fail([{ ...error, extensions: { ...error.extensions, cursor } }]);
  }

  /** On its own way, which may lead past where its group is. */
  function moveTo(passed: Positions): void {
    positions = furthest(positions, passed);
    isInStep = false;
  }

  const hasRoom = () =>
    takesMore || (waiting.length < queueEvents * CATCH_UP_SHARE && waitingBytes < queueBytes * CATCH_UP_SHARE);

  return {
    isOpen: () => isOpen,
    positions: () => positions,
    push(entry, payload, shared) {
      if (!isOpen) return false;
      let message = shared;
      if (isInStep) positions = entry.positions;
      else {
        if (entry.offset < positions[entry.partition]!) return false;
        positions = furthest(positions, entry.positions);
        isInStep = entry.positions.every((position, partition) => position >= positions[partition]!);
        if (!isInStep) message = payload.message(cursors.write(positions));
      }
      put(message);
      if (waiting.length > queueEvents || waitingBytes > queueBytes) slow();
      return true;
    },
    send(payload, after) {
      moveTo(after);
      put(payload.message(cursors.write(positions)));
    },
    moveTo,
    hasRoom,
    room() {
      if (hasRoom() || !isOpen) return Promise.resolve();
      roomy ??= Promise.withResolvers();
      return roomy.promise;
    },
    resume() {
      if (!isOpen) return;
      clearTimeout(stalled);
      stalled = undefined;
      takesMore = true;
      let sent = 0;
      while (takesMore && sent < waiting.length) {
        const message = waiting[sent]!;
        sent += 1;
        waitingBytes -= message.body.length;
        write(message);
      }
      waiting = waiting.slice(sent);
      if (!takesMore) return;
      roomy?.resolve();
      roomy = undefined;
    },
    fail,
    stop() {
      if (isOpen) close('client');
    },
  };
}

/** The further of two positions in each partition. */
export function furthest(some: Positions, others: Positions): Positions {
  return some.map((position, partition) => Math.max(position, others[partition]!));
}
