import type { EventLog } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import type { Positions } from '../cursor.ts';
import { ending } from '../endings.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { Replays } from '../stream/replay.ts';
import type { Ring } from '../stream/ring.ts';
import type { Turns } from '../stream/turns.ts';
import type { Group } from './group.ts';
import { furthest, type Subscriber } from './subscriber.ts';

/** A subscriber on its way to its group. */
export interface Comer {
  readonly subscriber: Subscriber;
  readonly field: string;
  /** Another one when a new supergraph is loaded. */
  group(): Group;
}

export interface CatchUpOptions {
  readonly log: EventLog;
  readonly topic: string;
  ring(): Ring;
  readonly replays: Replays;
  readonly turns: Turns;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

/** Brings a subscriber from where it stands to its group: from the log, then from memory; or ends it. Never rejects. */
export type CatchUp = (comer: Comer) => Promise<void>;

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { log, topic, ring, replays, turns, metrics, logger } = options;

  async function catchUp(comer: Comer): Promise<void> {
    const { subscriber } = comer;
    if (await isBeyondLog(subscriber.positions())) return expire(subscriber);
    while (subscriber.isOpen()) {
      if (!ring().covers(subscriber.positions())) await followLog(comer);
      else if (await followMemory(comer)) return;
      await subscriber.room();
    }
  }

  /** A cursor may be ahead of this process, though not of the log. */
  async function isBeyondLog(positions: Positions): Promise<boolean> {
    const known = ring().positions();
    if (positions.every((position, partition) => position <= known[partition]!)) return false;
    const ranges = await log.offsets(topic);
    return [...ranges].some(([partition, { end }]) => BigInt(positions[partition]!) > end);
  }

  function expire(subscriber: Subscriber): void {
    if (!subscriber.isOpen()) return;
    metrics.refused('cursor_expired');
    subscriber.fail(ending.cursorExpired, 'refused');
  }

  /** True when it has joined its group, or has ended; false when what it needs is no longer in memory. */
  async function followMemory({ subscriber, field, group: groupNow }: Comer): Promise<boolean> {
    const { at, firstAfter } = ring();
    let sequence = firstAfter(subscriber.positions());
    while (subscriber.isOpen()) {
      const group = groupNow();
      if (sequence >= group.next()) {
        group.join(subscriber);
        group.wake();
        return true;
      }
      if (turns.isOver()) {
        await turns.next();
        continue;
      }
      const entry = at(sequence);
      if (!entry) return false;
      if (entry.offset < subscriber.positions()[entry.partition]! || !group.matches(entry)) {
        subscriber.moveTo(entry.positions);
      } else {
        const payload = await group.resultOf(entry);
        await subscriber.room();
        if (!subscriber.isOpen()) return true;
        subscriber.send(payload, furthest(subscriber.positions(), entry.positions));
        metrics.delivered(field, 1, null);
      }
      sequence += 1;
    }
    return true;
  }

  async function followLog({ subscriber, field, group: groupNow }: Comer): Promise<void> {
    let isReading = true;
    const end = await replays.read({
      positions: subscriber.positions,
      isDone: () => !subscriber.isOpen() || ring().covers(subscriber.positions()),
      pass: (partition, position) => subscriber.moveTo(subscriber.positions().with(partition, position)),
      room: subscriber.room,
      take(entry) {
        const group = groupNow();
        if (!group.matches(entry)) return true;
        if (!subscriber.hasRoom()) return false;
        return deliver(group.resultOf(entry));

        async function deliver(result: ReturnType<Group['resultOf']>): Promise<boolean> {
          const payload = await result;
          if (turns.isOver()) await turns.next();
          if (!isReading || !subscriber.isOpen() || !subscriber.hasRoom()) return false;
          subscriber.send(payload, subscriber.positions().with(entry.partition, entry.offset + 1));
          metrics.delivered(field, 1, null);
          return true;
        }
      },
    });
    isReading = false;
    if (end === 'expired') expire(subscriber);
    else if (end === 'failed') subscriber.fail(ending.unavailable, 'server');
  }

  return async (comer) => {
    try {
      await catchUp(comer);
    } catch (error) {
      logger.error({ err: error }, 'a subscription could not go on');
      comer.subscriber.fail(ending.unavailable, 'server');
    }
  };
}
