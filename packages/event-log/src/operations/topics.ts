import { type Operation, operation } from '@tributary/service';
import { z } from 'zod';
import type { EventLog, TopicSettings } from '../event-log.ts';
import { toldByCode } from './errors.ts';

/** A topic as it is, beside what it should be. */
export interface CheckedTopic {
  name: string;
  /** Null when there is no such topic. */
  partitions: number | null;
  retentionMs: number | null;
  /** Records that are kept. */
  records: number;
  wanted: { partitions: number; retentionMs: number };
  /** What is wrong with it, in words; null when nothing is. */
  problem: string | null;
}

export interface TopicsCheck {
  agrees: boolean;
  topics: readonly CheckedTopic[];
}

/** Holds the topics of a log against a table, and changes nothing. */
export async function checkTopics(log: EventLog, wanted: readonly TopicSettings[]): Promise<TopicsCheck> {
  const found = await log.describe(wanted.map(({ name }) => name));
  const topics = await Promise.all(
    wanted.map(async ({ name, partitions, retentionMs }): Promise<CheckedTopic> => {
      const topic = found.get(name);
      return {
        name,
        partitions: topic?.partitions ?? null,
        retentionMs: topic?.retentionMs ?? null,
        records: topic ? await recordsIn(log, name) : 0,
        wanted: { partitions, retentionMs },
        problem: problemOf(topic, { name, partitions, retentionMs }),
      };
    }),
  );
  return { agrees: topics.every(({ problem }) => problem === null), topics };
}

/**
 * Creates the topics that are missing, sets the retention of the others, and tells what is there then.
 * @throws EventLogError `TOPIC_MISMATCH`: the number of partitions never changes in place; `UNAVAILABLE`
 */
export async function createTopics(log: EventLog, wanted: readonly TopicSettings[]): Promise<TopicsCheck> {
  await log.ensureTopics(wanted);
  return checkTopics(log, wanted);
}

/** `topics.check` and `topics.create`. */
export function topicOperations(log: EventLog, topics: readonly TopicSettings[]): Operation[] {
  const nothing = z.strictObject({});
  return [
    operation('topics.check', nothing, () => toldByCode(() => checkTopics(log, topics))),
    operation('topics.create', nothing, () => toldByCode(() => createTopics(log, topics))),
  ];
}

async function recordsIn(log: EventLog, name: string): Promise<number> {
  const ranges = [...(await log.offsets(name)).values()];
  return Number(ranges.reduce((sum, { start, end }) => sum + (end - start), 0n));
}

function problemOf(topic: TopicSettings | undefined, wanted: TopicSettings): string | null {
  if (!topic) return 'is missing: topics create makes it';
  if (topic.partitions !== wanted.partitions)
    return `has ${topic.partitions} partitions, not ${wanted.partitions}: the count never changes in place`;
  if (topic.retentionMs !== wanted.retentionMs)
    return `keeps records for ${topic.retentionMs} ms, not ${wanted.retentionMs}: topics create sets it`;
  return null;
}
