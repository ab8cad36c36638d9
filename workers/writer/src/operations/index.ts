import type { EventLog, TopicSettings } from '@tributary/event-log';
import { topicOperations } from '@tributary/event-log/operations';
import { inboxRetentionMs as defaultInboxRetentionMs } from '@tributary/proto/topics.ts';
import type { Operation } from '@tributary/service';
import type { Database } from '../database/database.ts';
import { createSqlWriteStore } from '../product/sql-store.ts';
import { productTopics } from '../topics.ts';
import { outboxStatus } from './outbox.ts';
import { showCommand } from './product/command.ts';
import { commandDeadLetters } from './product/dead-letters.ts';
import { productHistory } from './product/history.ts';

export interface WriterOperationsOptions {
  log: EventLog;
  database: Database;
  /** The table of topics that `topics.check` holds the log against. */
  topicSettings: readonly TopicSettings[];
  /** How long a command is remembered, in milliseconds. Default 7 days. */
  inboxRetentionMs?: number;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
}

/** What an operator may have a writer do. */
export function createWriterOperations(options: WriterOperationsOptions): Operation[] {
  const { log, database, topicSettings, nowMs = Date.now } = options;
  const { inboxRetentionMs = defaultInboxRetentionMs } = options;
  const store = createSqlWriteStore(database);
  const shared = { log, store, topics: productTopics, nowMs };
  return [
    outboxStatus(shared),
    showCommand({ ...shared, inboxRetentionMs }),
    productHistory(shared),
    ...commandDeadLetters(shared),
    ...topicOperations(log, topicSettings),
  ];
}
