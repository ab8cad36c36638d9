import { type EventLog, EventLogError, type OutgoingRecord } from '@tributary/event-log';
import type { Random } from '@tributary/service/random';
import type { Calls } from '../calls.ts';
import { createMemoryConsumption, type MemoryConsumption } from './consumption.ts';
import { createGroups } from './groups.ts';
import type { Topics } from './topics.ts';
import { createTopics } from './topics.ts';

/** What workers ask of the log once they run. */
export type SimulatedLog = Pick<EventLog, 'publish' | 'consume' | 'offsets'>;

/** A log in memory whose acknowledgements get lost, come late and stand for repeats, and whose partitions move. */
export interface MemoryEventLog {
  readonly topics: Topics;
  connect(calls: LogCalls): LogConnection;
  /** Shares all partitions anew, among the members that it knows. */
  rebalance(): void;
}

/** What may become of a publish. */
export type PublishFate = 'appended' | 'away' | 'not appended' | 'answer lost' | 'in part' | 'late' | 'twice';

export interface LogCalls extends Calls {
  publishFate(): PublishFate;
  /** Has something happen at a later step, also when the process is gone by then. */
  later(what: string, act: () => void): void;
}

export interface LogConnection {
  readonly log: SimulatedLog;
  /** The brokers have not heard of it for too long: others get its partitions. */
  expire(): void;
  /** It comes back after that. */
  rejoin(): void;
}

export interface MemoryEventLogOptions {
  /** How many partitions each topic has. */
  partitions: Readonly<Record<string, number>>;
  random: Random;
  nowMs(): number;
  /** Whether a publish is acknowledged and lost. Never, in a log worth the name. */
  loses?(): boolean;
}

export function createMemoryEventLog({
  partitions,
  random,
  nowMs,
  loses = () => false,
}: MemoryEventLogOptions): MemoryEventLog {
  const topics = createTopics(partitions, nowMs);
  const groups = createGroups((all) => random.shuffled(all));

  /** A publish is one request for each partition, and each of these is taken whole or not at all. */
  function someOf(): (partition: number) => boolean {
    const taken = new Map<number, boolean>();
    return (partition) => {
      const isTaken = taken.get(partition) ?? random.chance(0.5);
      taken.set(partition, isTaken);
      return isTaken;
    };
  }

  function connect(calls: LogCalls): LogConnection {
    const memberships: { group: string; partitions: number; member: MemoryConsumption }[] = [];

    function carryOut(fate: PublishFate, topic: string, records: readonly OutgoingRecord[]): void {
      switch (fate) {
        case 'away':
          throw new EventLogError('UNAVAILABLE', 'the brokers are away');
        case 'not appended':
          throw notConfirmed();
        case 'answer lost':
          topics.append(topic, records);
          throw notConfirmed();
        case 'in part':
          topics.append(topic, records, someOf());
          throw notConfirmed();
        case 'late':
          calls.later(`append late to ${topic}`, () => topics.append(topic, records));
          throw notConfirmed();
        case 'twice':
          topics.append(topic, records);
          topics.append(topic, records);
          return;
        case 'appended':
          topics.append(topic, records);
      }
    }

    return {
      log: {
        async publish(topic, records) {
          await calls.turn(`publish to ${topic}: ${records.length}`);
          if (!loses()) carryOut(calls.publishFate(), topic, records);
          return records.map(() => ({ partition: 0, offset: 0n }));
        },
        async consume(options) {
          const member = createMemoryConsumption({ ...options, topics, calls, random });
          const membership = { group: options.group, partitions: topics.partitions(options.topic).length, member };
          memberships.push(membership);
          groups.join(membership.group, membership.partitions, member);
          return member;
        },
        async offsets(topic) {
          await calls.turn(`ask what ${topic} keeps`);
          const kept = topics.partitions(topic).map(({ length }) => ({ start: 0n, end: BigInt(length) }));
          return new Map(kept.entries());
        },
      },
      expire() {
        for (const { group, member } of memberships) groups.leave(group, member);
      },
      rejoin() {
        for (const { group, partitions: count, member } of memberships) {
          groups.leave(group, member);
          groups.join(group, count, member);
        }
      },
    };
  }

  return { topics, connect, rebalance: groups.rebalance };
}

function notConfirmed(): EventLogError {
  return new EventLogError('NOT_CONFIRMED', 'no acknowledgement in time');
}
