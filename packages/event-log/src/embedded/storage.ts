import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type BatchLimits, takeBatch } from '../batch-limits.ts';
import {
  EventLogError,
  type LogRecord,
  type OffsetRange,
  type OutgoingRecord,
  type TopicSettings,
} from '../event-log.ts';
import { sizeOf } from '../record-size.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS topics (
    topic TEXT PRIMARY KEY,
    partitions INTEGER NOT NULL,
    retention_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS partitions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS records (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (topic, partition, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_by_time ON records (topic, timestamp_ms);
  CREATE TABLE IF NOT EXISTS identity (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

/** A record with its place, about to be appended. */
export interface PlacedRecord extends OutgoingRecord {
  topic: string;
  partition: number;
}

/** The log's one SQLite file. Every call is one statement or one transaction, durable when it returns. */
export interface Storage {
  settingsOf(topic: string): TopicSettings | undefined;
  addTopic(topic: TopicSettings): void;
  setRetention(topic: string, retentionMs: number): void;
  /** Appends all or nothing, and tells the offsets in the same order. */
  append(records: readonly PlacedRecord[], timestampMs: number): bigint[];
  /** The records of a partition from an offset on, as many as one batch may hold. */
  read(topic: string, partition: number, from: bigint, limits: BatchLimits): LogRecord[];
  range(topic: string, partition: number): OffsetRange;
  /** Deletes at most `limit` records that are older; tells how many. Offsets are never given again. */
  deleteOlder(topic: string, thanMs: number, limit: number): number;
  topics(): TopicSettings[];
  /** What tells this file's log from every other. */
  identity(): string;
  close(): void;
}

/** @throws EventLogError `IN_USE` when another process has the file */
export function openStorage(file: string): Storage {
  const database = openExclusively(file);
  const statements = prepare(database);

  function transaction<T>(run: () => T): T {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    settingsOf(topic) {
      const row = statements.topic.get(topic);
      return row && settingsOf(row);
    },
    topics: () => statements.topics.all().map(settingsOf),
    addTopic: ({ name, partitions, retentionMs }) =>
      transaction(() => {
        statements.addTopic.run(name, partitions, retentionMs);
        for (let partition = 0; partition < partitions; partition++) statements.addPartition.run(name, partition);
      }),
    setRetention: (topic, retentionMs) => {
      statements.setRetention.run(retentionMs, topic);
    },
    append: (records, timestampMs) =>
      transaction(() =>
        records.map(({ topic, partition, key, value, headers }) => {
          const row = statements.takeOffset.get(topic, partition);
          if (!row)
            throw new EventLogError('UNKNOWN_TOPIC', `there is no topic ${topic} with a partition ${partition}`);
          const offset = row.offset as bigint;
          statements.append.run(topic, partition, offset, timestampMs, key, value, JSON.stringify(headers));
          return offset;
        }),
      ),
    read: (topic, partition, from, limits) =>
      takeBatch(recordsOf(statements.read.iterate(topic, partition, from, limits.maxRecords)), sizeOf, limits),
    range(topic, partition) {
      const row = statements.range.get(topic, partition);
      if (!row) throw new EventLogError('UNKNOWN_TOPIC', `there is no topic ${topic} with a partition ${partition}`);
      return { start: row.start_offset as bigint, end: row.next_offset as bigint };
    },
    deleteOlder: (topic, thanMs, limit) =>
      transaction(() => {
        const old = statements.older.all(topic, thanMs, limit) as { partition: bigint; offset: bigint }[];
        for (const { partition, offset } of old) {
          statements.delete.run(topic, partition, offset);
          statements.raiseStart.run(offset + 1n, topic, partition, offset + 1n);
        }
        return old.length;
      }),
    identity: () => String(statements.identity.get()?.id),
    close: () => database.close(),
  };
}

function openExclusively(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // The lock is the operating system's: it goes with the process, however that ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('BEGIN EXCLUSIVE');
    database.exec(SCHEMA);
    database.prepare('INSERT INTO identity SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)').run(randomUUID());
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /database is locked/.test(error.message))
      throw new EventLogError(
        'IN_USE',
        `the event log ${file} is in use by another process: stop it or choose another data folder`,
        {
          cause: error,
        },
      );
    throw error;
  }
}

function prepare(database: DatabaseSync) {
  const big = (sql: string): StatementSync => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    topic: big('SELECT * FROM topics WHERE topic = ?'),
    topics: big('SELECT * FROM topics'),
    identity: big('SELECT id FROM identity'),
    addTopic: big('INSERT INTO topics (topic, partitions, retention_ms) VALUES (?, ?, ?)'),
    setRetention: big('UPDATE topics SET retention_ms = ? WHERE topic = ?'),
    addPartition: big('INSERT INTO partitions (topic, partition, start_offset, next_offset) VALUES (?, ?, 0, 0)'),
    takeOffset: big(
      'UPDATE partitions SET next_offset = next_offset + 1 WHERE topic = ? AND partition = ? RETURNING next_offset - 1 AS offset',
    ),
    append: big(
      'INSERT INTO records (topic, partition, offset, timestamp_ms, key, value, headers) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    read: big('SELECT * FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?'),
    range: big('SELECT start_offset, next_offset FROM partitions WHERE topic = ? AND partition = ?'),
    older: big(
      'SELECT partition, offset FROM records WHERE topic = ? AND timestamp_ms < ? ORDER BY timestamp_ms LIMIT ?',
    ),
    delete: big('DELETE FROM records WHERE topic = ? AND partition = ? AND offset = ?'),
    raiseStart: big('UPDATE partitions SET start_offset = ? WHERE topic = ? AND partition = ? AND start_offset < ?'),
  };
}

type Row = Record<string, unknown>;

function settingsOf(row: Row): TopicSettings {
  return { name: String(row.topic), partitions: Number(row.partitions), retentionMs: Number(row.retention_ms) };
}

/** One by one: what a batch has no room for is not kept in memory. */
function* recordsOf(rows: Iterable<Row>): Iterable<LogRecord> {
  for (const row of rows) yield recordOf(row);
}

function recordOf(row: Row): LogRecord {
  const value = row.value as Uint8Array;
  return {
    topic: String(row.topic),
    partition: Number(row.partition),
    offset: row.offset as bigint,
    timestampMs: Number(row.timestamp_ms),
    key: String(row.key),
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: JSON.parse(String(row.headers)) as Record<string, string>,
  };
}
