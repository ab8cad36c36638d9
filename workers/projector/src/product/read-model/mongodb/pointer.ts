import { type Db, type Filter, MongoServerError, type UpdateFilter } from 'mongodb';
import type { AppliedRange } from '../read-model.ts';

/**
 * The one document that says which generation serves, which are maintained, each at its positions, and who may change that.
 * It is written in single steps, each guarded by what it must still say; where it is missing, nothing has been built.
 */
interface PointerDocument {
  _id: string;
  serving: string | null;
  switches: bigint;
  maintained: Record<string, { positions: Positions; hasServed: boolean }>;
  /** The lease; `generation` is the one that is being filled. */
  build: { holder: string; generation: string | null; expiresAtMs: bigint } | null;
}

/** The next offset by partition. */
type Positions = Record<string, bigint>;

/** Which generation serves, and since which switch: it may come to serve a second time. */
export interface Served {
  generation: string;
  switches: bigint;
}

/** Raised when the documents change: processes of both layouts can then run beside one another. */
const LAYOUT = 2;
const ID = `layout-${LAYOUT}`;
const DUPLICATE_KEY = 11_000;

const pointers = (database: Db) => database.collection<PointerDocument>('generations');

/** The generation that serves; null when there is none. */
export async function servedGeneration(database: Db): Promise<Served | null> {
  const pointer = await pointers(database).findOne({ _id: ID }, { projection: { serving: 1, switches: 1 } });
  return pointer?.serving ? { generation: pointer.serving, switches: pointer.switches } : null;
}

export interface MaintainedGenerations extends Served {
  /** The next offsets of each maintained generation. */
  maintained: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  /** Those of them that have never served. */
  unproven: ReadonlySet<string>;
  leaseExpiresAtMs: number | null;
}

/** The maintained generations, and which of them serves; null when none does. */
export async function maintainedGenerations(database: Db): Promise<MaintainedGenerations | null> {
  const pointer = await pointers(database).findOne({ _id: ID });
  if (!pointer?.serving) return null;
  const maintained = Object.entries(pointer.maintained).map(
    ([generation, { positions }]) => [generation, positionsOf(positions)] as const,
  );
  return {
    generation: pointer.serving,
    switches: pointer.switches,
    maintained: new Map(maintained),
    unproven: new Set(Object.keys(pointer.maintained).filter((name) => !pointer.maintained[name]?.hasServed)),
    leaseExpiresAtMs: pointer.build && Number(pointer.build.expiresAtMs),
  };
}

/** Stores positions of a generation if it still serves; tells whether. */
export function savePositions(database: Db, serving: string, positions: ReadonlyMap<number, bigint>): Promise<boolean> {
  const next = [...positions].map(([partition, offset]) => [at(serving, partition), offset]);
  return change(database, { serving }, { $set: { serving, ...Object.fromEntries(next) } });
}

/** Moves the position of a generation past records that it was given, if it stands within them. */
export async function advance(
  database: Db,
  generation: string,
  { partition, firstOffset, nextOffset }: AppliedRange,
): Promise<void> {
  const position = at(generation, partition);
  await change(database, { [position]: { $gte: firstOffset, $lt: nextOffset } }, { $set: { [position]: nextOffset } });
}

/** The generations that serve, are maintained or are being filled, in every layout. */
export async function generationsInUse(database: Db): Promise<ReadonlySet<string>> {
  const documents = await pointers(database).find().toArray();
  return new Set(
    documents.flatMap(({ serving, maintained, build }) =>
      [serving, ...Object.keys(maintained ?? {}), build?.generation].filter((one) => one != null),
    ),
  );
}

/** The path of a position. */
export const at = (generation: string, partition: number) => `maintained.${generation}.positions.${partition}`;

export function recordOf(positions: ReadonlyMap<number, bigint>): Positions {
  return Object.fromEntries(positions);
}

function positionsOf(positions: Positions): Map<number, bigint> {
  return new Map(Object.entries(positions).map(([partition, next]) => [Number(partition), next]));
}

/** Changes the document if it still says what the guard wants; tells whether. */
export async function change(database: Db, guard: object, update: object): Promise<boolean> {
  const filter = { _id: ID, ...guard } as Filter<PointerDocument>;
  const { matchedCount } = await pointers(database).updateOne(filter, update as UpdateFilter<PointerDocument>);
  return matchedCount === 1;
}

/** Makes the document, unless it is there. */
export async function insertPointer(database: Db): Promise<void> {
  try {
    await pointers(database).insertOne({ _id: ID, serving: null, switches: 0n, maintained: {}, build: null });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
  }
}
