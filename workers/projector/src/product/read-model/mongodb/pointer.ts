import { type Db, type Filter, MongoServerError } from 'mongodb';

/**
 * The one document that says which generation serves, at which positions, and which is being built. It is written in
 * single steps, each guarded by what it must still say; where it is missing, nothing has been built.
 */
interface PointerDocument {
  _id: string;
  serving: string | null;
  /** The next offset by partition, of the generation that serves. */
  positions: Record<string, bigint>;
  build: { generation: string; expiresAtMs: bigint } | null;
}

/** Raised when the documents change: processes of both layouts can then run beside one another. */
const LAYOUT = 1;
const ID = `layout-${LAYOUT}`;
const DUPLICATE_KEY = 11_000;

const pointers = (database: Db) => database.collection<PointerDocument>('generations');

/** The positions of the generation that serves; null when there is none. */
export async function readPositions(database: Db): Promise<ReadonlyMap<number, bigint> | null> {
  const pointer = await pointers(database).findOne({ _id: ID });
  if (!pointer?.serving) return null;
  return new Map(Object.entries(pointer.positions).map(([partition, next]) => [Number(partition), next]));
}

/** The generation that serves; null when there is none. */
export async function servingGeneration(database: Db): Promise<string | null> {
  const pointer = await pointers(database).findOne({ _id: ID }, { projection: { serving: 1 } });
  return pointer?.serving ?? null;
}

/** Stores positions of the generation that serves; tells whether there is one. */
export async function savePositions(database: Db, positions: ReadonlyMap<number, bigint>): Promise<boolean> {
  if (positions.size === 0) return (await servingGeneration(database)) !== null;
  const next = [...positions].map(([partition, offset]) => [`positions.${partition}`, offset]);
  return change(database, { serving: { $ne: null } }, Object.fromEntries(next));
}

/** Takes the lease of building a generation, unless one serves or another process holds the lease; tells whether. */
export async function takeLease(database: Db, generation: string, nowMs: number, leaseMs: number): Promise<boolean> {
  await insertPointer(database);
  const free = { $or: [{ build: null }, { 'build.expiresAtMs': { $lte: BigInt(nowMs) } }] };
  return change(database, { serving: null, ...free }, { build: { generation, expiresAtMs: BigInt(nowMs + leaseMs) } });
}

/** Renews the lease if it is still held; tells whether. */
export function renewLease(database: Db, generation: string, nowMs: number, leaseMs: number): Promise<boolean> {
  return change(database, { 'build.generation': generation }, { 'build.expiresAtMs': BigInt(nowMs + leaseMs) });
}

/** Makes a generation serve if its lease is still held; tells whether. */
export function publishGeneration(
  database: Db,
  generation: string,
  positions: ReadonlyMap<number, bigint>,
): Promise<boolean> {
  const published = { serving: generation, positions: Object.fromEntries(positions), build: null };
  return change(database, { serving: null, 'build.generation': generation }, published);
}

/** Gives the lease up if it is still held; tells whether. */
export function endLease(database: Db, generation: string): Promise<boolean> {
  return change(database, { 'build.generation': generation }, { build: null });
}

/** The generations that serve or are being built, in every layout. */
export async function generationsInUse(database: Db): Promise<ReadonlySet<string>> {
  const documents = await pointers(database).find().toArray();
  return new Set(documents.flatMap(({ serving, build }) => [serving, build?.generation].filter((one) => one != null)));
}

async function change(database: Db, guard: Filter<PointerDocument>, fields: object): Promise<boolean> {
  const { matchedCount } = await pointers(database).updateOne({ _id: ID, ...guard }, { $set: fields });
  return matchedCount === 1;
}

async function insertPointer(database: Db): Promise<void> {
  try {
    await pointers(database).insertOne({ _id: ID, serving: null, positions: {}, build: null });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
  }
}
