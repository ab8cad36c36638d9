import type { EventLog } from '@tributary/event-log';
import { lagOf, type TopicLag, toldByCode } from '@tributary/event-log/operations';
import { type Operation, operation } from '@tributary/service';
import { z } from 'zod';
import { GROUP, type WriterTopics } from '../topics.ts';
import type { WriteSession } from '../write-store.ts';

export interface OutboxStatusOptions {
  log: EventLog;
  store: Pick<WriteSession, 'outbox' | 'positions'>;
  topics: WriterTopics;
  nowMs: () => number;
}

export interface OutboxStatus {
  /** Events that are decided and that the log has not acknowledged, of all writers. */
  backlog: { records: number; oldestAgeMs: number | null };
  /** How far the writers are in the commands. */
  commands: TopicLag;
}

/** `outbox.status`: what of the writers' work is still to be done. */
export function outboxStatus({ log, store, topics, nowMs }: OutboxStatusOptions): Operation {
  return operation('outbox.status', z.strictObject({}), async (): Promise<OutboxStatus> => {
    const { records, oldestMs } = await store.outbox.readBacklog();
    const positionsOf = (partitions: readonly number[]) => store.positions.read(GROUP, topics.commands, partitions);
    return {
      backlog: { records, oldestAgeMs: oldestMs === null ? null : Math.max(0, nowMs() - oldestMs) },
      commands: await toldByCode(() => lagOf(log, topics.commands, positionsOf)),
    };
  });
}
