import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** What a file has held so far, in bounded memory: on disk beyond a few megabytes. */
export interface SeenRows {
  /** How often a content came without a key, this time included. */
  occurrence(digest: Buffer): number;
  /** Where a key came first and whether the content was the same; null when it comes for the first time. */
  first(key: string, digest: Buffer, line: number): { line: number; isSame: boolean } | null;
  close(): void;
}

/** Of a digest, so much that no two of a catalogue are ever equal. */
const ID_BYTES = 16;
const CACHE_KIB = 16 * 1024;

export function openSeenRows(): SeenRows {
  // SQLite deletes a database without a name by itself, also when the process is killed.
  const database = new DatabaseSync('');
  database.exec(`
    pragma cache_size = -${CACHE_KIB};
    pragma journal_mode = off;
    pragma synchronous = off;
    create table contents (id blob primary key, times integer not null) without rowid;
    create table keys (id blob primary key, content blob not null, line integer not null) without rowid;
    begin`);
  const count = database.prepare(
    'insert into contents values (?, 1) on conflict do update set times = times + 1 returning times',
  );
  const find = database.prepare('select content, line from keys where id = ?');
  const add = database.prepare('insert into keys values (?, ?, ?)');
  return {
    occurrence: (digest) => Number(count.get(digest.subarray(0, ID_BYTES))?.times),
    first(key, digest, line) {
      const id = createHash('sha256').update(key).digest().subarray(0, ID_BYTES);
      const content = digest.subarray(0, ID_BYTES);
      const known = find.get(id);
      if (known) return { line: Number(known.line), isSame: content.equals(known.content as Uint8Array) };
      add.run(id, content, line);
      return null;
    },
    close: () => database.close(),
  };
}
