import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumeOptions, Consumption } from '@tributary/event-log';
import type { Random } from '@tributary/service/random';
import type { Calls } from '../calls.ts';
import type { GroupMember } from './groups.ts';
import type { Topics } from './topics.ts';

export interface MemoryConsumptionOptions extends ConsumeOptions {
  topics: Topics;
  calls: Calls;
  random: Random;
}

/** A member of a group as the Kafka adapter is one: at every new assignment it asks for the positions of its partitions. */
export interface MemoryConsumption extends Consumption, GroupMember {}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

export function createMemoryConsumption(options: MemoryConsumptionOptions): MemoryConsumption {
  const { topic, topics, calls, random, maxBatchRecords = 500 } = options;
  const inHand = new Set<Promise<void>>();
  let assigned: readonly number[] = [];
  let latest: readonly number[] = [];
  let generation = 0;

  /** Until it gets its turn it goes on with what it had, though others have it by now. */
  async function begin(partitions: readonly number[]): Promise<void> {
    latest = partitions;
    await calls.turn(`learn of partitions [${partitions}] of ${topic}`);
    if (latest !== partitions) return;
    generation += 1;
    assigned = partitions;
    const own = generation;
    await Promise.allSettled(inHand);
    for (let delayMs = FIRST_DELAY_MS; own === generation; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        const positions = await options.positions(partitions);
        if (own !== generation) return;
        for (const partition of partitions) void read(partition, Number(positions.get(partition) ?? 0n), own);
        return;
      } catch {
        await delay(delayMs);
      }
    }
  }

  async function read(partition: number, from: number, own: number): Promise<void> {
    let position = from;
    let delayMs = FIRST_DELAY_MS;
    while (own === generation) {
      await topics.longerThan(topic, partition, position);
      await calls.turn(`fetch ${topic} ${partition} from ${position}`);
      if (own !== generation) return;
      const count = 1 + random.below(maxBatchRecords);
      const records = (topics.partitions(topic)[partition] ?? []).slice(position, position + count);
      const nextOffset = BigInt(position + records.length);
      const isStale = () => own !== generation;
      const handling = options.handle({ topic, partition, records, nextOffset, isStale });
      const settled = handling.catch(() => {});
      inHand.add(settled);
      try {
        await handling;
        position = Number(nextOffset);
        delayMs = FIRST_DELAY_MS;
      } catch {
        inHand.delete(settled);
        await delay(delayMs);
        delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      } finally {
        inHand.delete(settled);
      }
    }
  }

  return {
    assign: (partitions) => void begin(partitions),
    assigned: () => assigned,
    isReading: () => true,
    lag: () => new Map(),
    ended: new Promise(() => {}),
    stop: () => Promise.reject(new Error('processes of the simulation are not stopped, but killed')),
  };
}
