import type { DatabaseSync } from 'node:sqlite';
import { dropGeneration, type Generation, generationsIn, openGeneration } from './generation.ts';
import { createSearch } from './search.ts';

/** The generations of a read model that has been built. */
export interface Pointer {
  serving: Generation;
  search: ReturnType<typeof createSearch>;
  /** How often serving was switched. */
  switches: number;
  /** The one that serves is the last. */
  maintained: readonly Generation[];
  /** Of those, the ones that have never served. They do not outlive the process that builds them. */
  unproven: ReadonlySet<Generation>;
}

/** Raised when the tables change: a file of another layout is built anew. */
const LAYOUT = 2;

/** Finds the generations, or null where there are none of this layout; whatever else lies in the file is dropped. */
export function openPointer(database: DatabaseSync): Pointer | null {
  database.exec(`
    DROP TABLE IF EXISTS serving;
    CREATE TABLE IF NOT EXISTS pointer (layout INTEGER NOT NULL, serving INTEGER NOT NULL, switches INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS maintained (generation INTEGER PRIMARY KEY) STRICT;
  `);
  const row = database.prepare('SELECT layout, serving, switches FROM pointer').get();
  const isOurs = row?.layout === LAYOUT;
  const rows = isOurs ? database.prepare('SELECT generation FROM maintained').all() : [];
  const kept = rows.map(({ generation }) => Number(generation));
  for (const number of generationsIn(database)) if (!kept.includes(number)) dropGeneration(database, number);
  if (!isOurs) {
    database.exec('DELETE FROM pointer; DELETE FROM maintained');
    return null;
  }
  const generations = kept.map((number) => openGeneration(database, number));
  const serving = generations.find(({ number }) => number === row.serving) as Generation;
  return pointerTo(serving, generations, Number(row.switches));
}

/** Says it in the file, in the transaction of the caller. */
export function storePointer(database: DatabaseSync, { serving, maintained, switches, unproven }: Pointer): void {
  database.exec('DELETE FROM pointer; DELETE FROM maintained');
  database
    .prepare('INSERT INTO pointer (layout, serving, switches) VALUES (?, ?, ?)')
    .run(LAYOUT, serving.number, switches);
  const insert = database.prepare('INSERT INTO maintained (generation) VALUES (?)');
  for (const generation of maintained) if (!unproven.has(generation)) insert.run(generation.number);
}

export function pointerTo(
  serving: Generation,
  generations: readonly Generation[],
  switches: number,
  unproven: Iterable<Generation> = [],
): Pointer {
  const maintained = [...generations.filter((one) => one !== serving), serving];
  const left = [...unproven].filter((one) => one !== serving && maintained.includes(one));
  return { serving, search: createSearch(serving), switches, maintained, unproven: new Set(left) };
}
