import type { Outbox, StoredRecord } from '../../../../workers/writer/src/outbox/outbox.ts';
import type { SessionOptions } from './statement.ts';
import type { OutboxRow } from './tables.ts';

export function outboxOf({ run, lock, nextId }: SessionOptions): Outbox {
  return {
    add: (records, sourcePartition, nowMs) =>
      run('add to outbox', ({ writes }) =>
        records.map((record) => {
          // Drawn from the sequence at once: who commits first need not have the smaller ids.
          const stored: StoredRecord = { ...record, id: nextId() };
          writes.outbox.set(stored.id, { ...stored, sourcePartition, createdAtMs: nowMs });
          return stored;
        }),
      ),
    keysStanding: (keys, exceptIds) =>
      run('keys standing', ({ tables, writes }) => {
        const rows = [...tables.outbox.values(), ...writes.outbox.values()];
        const others = rows.filter(({ id, key }) => keys.includes(key) && !exceptIds.includes(id));
        return new Set(others.map(({ key }) => key));
      }),
    takeStanding: (standing, limit) =>
      run('take standing', async (statement) => {
        const rows = [...statement.tables.outbox.values()].sort((a, b) => Number(a.id - b.id));
        const wanted = rows.filter((row) =>
          'partitions' in standing
            ? standing.partitions.includes(row.sourcePartition)
            : row.createdAtMs < standing.beforeMs,
        );
        const keys = new Set(wanted.slice(0, limit).map(({ key }) => key));
        const found = rows.filter(({ key }) => keys.has(key)).slice(0, limit);
        for (const { id } of found) await lock(statement, `outbox ${id}`);
        // What whoever held it has removed meanwhile is gone.
        return found.filter(({ id }) => statement.tables.outbox.has(id)).map(recordOf);
      }),
    remove: (ids) =>
      run('remove from outbox', async (statement) => {
        for (const id of ids.toSorted((a, b) => Number(a - b))) {
          if (!statement.tables.outbox.has(id)) continue;
          await lock(statement, `outbox ${id}`);
          statement.writes.removed.add(id);
        }
      }),
    readBacklog: () =>
      run('read backlog', ({ tables }) => {
        const rows = [...tables.outbox.values()];
        const oldestMs = rows.length === 0 ? null : Math.min(...rows.map(({ createdAtMs }) => createdAtMs));
        return { records: rows.length, oldestMs };
      }),
  };
}

function recordOf({ id, topic, key, version, value, headers }: OutboxRow): StoredRecord {
  return { id, topic, key, version, value, headers };
}
