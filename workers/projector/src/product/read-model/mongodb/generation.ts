import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { type AnyBulkWriteOperation, type Collection, type Db, MongoBulkWriteError } from 'mongodb';
import { distinct } from '../distinct.ts';
import type { Changes, CommandOutcome, GenerationReads, ProductState } from '../read-model.ts';
import {
  documentOf,
  type OutcomeDocument,
  outcomeDocumentOf,
  outcomeOf,
  type ProductDocument,
  stateOf,
  statusOf,
} from './documents.ts';

/** The collections of one generation of the read model. */
export interface Generation {
  readonly products: Collection<ProductDocument>;
  readonly collections: readonly Pick<Collection, 'collectionName' | 'indexes'>[];
  /** Makes the collections with their indexes, as far as they are missing. */
  create(): Promise<void>;
  /** Applies changes, products first, and tells which products were newer. */
  apply(changes: Changes): Promise<ProductState[]>;
  get(ids: readonly string[]): Promise<Map<string, ProductState>>;
  outcome(commandId: string): Promise<CommandStatus | null>;
  readonly reads: GenerationReads;
  removeOutcomes(olderThanMs: number, limit: number): Promise<number>;
}

const DUPLICATE_KEY = 11_000;
const FIRST_VERSION = 1n;
const COLLECTION = /^(?:products|outcomes)_(?<generation>[0-9a-f]+)$/;

/** @param name hexadecimal, and never used before: late writes to a lost generation must not get into another. */
export function openGeneration(database: Db, name: string): Generation {
  const products = database.collection<ProductDocument>(`products_${name}`);
  const outcomes = database.collection<OutcomeDocument>(`outcomes_${name}`);

  async function storeProducts(states: readonly ProductState[]): Promise<ProductState[]> {
    const stored: ProductState[] = [];
    let open = states;
    while (open.length > 0) {
      const refused = await upsertNewer(products, open);
      stored.push(...open.filter((state) => !refused.includes(state)));
      open = await stillNewer(products, refused);
    }
    return stored;
  }

  async function storeOutcomes(all: readonly CommandOutcome[]): Promise<void> {
    if (all.length === 0) return;
    await duplicatesOf(outcomes.insertMany(all.map(outcomeDocumentOf), { ordered: false }));
  }

  async function productsOf(ids: readonly string[]): Promise<Map<string, ProductState>> {
    const documents = await products.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(documents.map((one) => [one._id, stateOf(one)]));
  }

  return {
    products,
    collections: [products, outcomes],
    async create() {
      await products.createIndexes([
        { key: { deleted: 1, createdAtMs: -1, _id: -1 } },
        { key: { nameTerms: 1 } },
        { key: { terms: 1 } },
      ]);
      await outcomes.createIndex({ decidedAtMs: 1 });
    },
    async apply(changes) {
      const { products, outcomes } = distinct(changes);
      const stored = await storeProducts(products);
      await storeOutcomes(outcomes);
      return stored;
    },
    get: productsOf,
    async outcome(commandId) {
      const document = await outcomes.findOne({ _id: commandId });
      return document && statusOf(document);
    },
    reads: {
      async products(afterId, limit) {
        const after = afterId === null ? {} : { _id: { $gt: afterId } };
        return (await products.find(after).sort({ _id: 1 }).limit(limit).toArray()).map(stateOf);
      },
      async outcomes(afterId, limit) {
        const after = afterId === null ? {} : { _id: { $gt: afterId } };
        return (await outcomes.find(after).sort({ _id: 1 }).limit(limit).toArray()).map(outcomeOf);
      },
      productsOf,
      async outcomesOf(commandIds) {
        const documents = await outcomes.find({ _id: { $in: [...commandIds] } }).toArray();
        return new Map(documents.map((one) => [one._id, outcomeOf(one)]));
      },
      count: async () => ({
        products: await products.countDocuments({ deleted: false }),
        tombstones: await products.countDocuments({ deleted: true }),
        outcomes: await outcomes.estimatedDocumentCount(),
      }),
    },
    async removeOutcomes(olderThanMs, limit) {
      const old = await outcomes
        .find({ decidedAtMs: { $lt: BigInt(olderThanMs) } }, { projection: { _id: 1 } })
        .sort({ decidedAtMs: 1 })
        .limit(limit)
        .toArray();
      if (old.length === 0) return 0;
      const { deletedCount } = await outcomes.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } });
      return deletedCount;
    },
  };
}

/** Drops the collections of all generations that are not in use; `inUse` is asked once it is known what there is. */
export async function dropUnused(database: Db, inUse: () => Promise<ReadonlySet<string>>): Promise<void> {
  const collections = await database.listCollections({}, { nameOnly: true }).toArray();
  const used = await inUse();
  for (const { name } of collections) {
    const generation = COLLECTION.exec(name)?.groups?.generation;
    if (generation && !used.has(generation)) await database.dropCollection(name);
  }
}

/** Stores what is newer than what is there; gives the states that were refused, most of them because they are not newer. */
async function upsertNewer(
  products: Collection<ProductDocument>,
  states: readonly ProductState[],
): Promise<ProductState[]> {
  const refused = await duplicatesOf(products.bulkWrite(states.map(writeOf), { ordered: false }));
  return refused.map((index) => states[index]!);
}

function writeOf(state: ProductState): AnyBulkWriteOperation<ProductDocument> {
  const document = documentOf(state);
  // Nothing is older than a first version.
  if (document.version === FIRST_VERSION) return { insertOne: { document } };
  const { _id, ...fields } = document;
  // Where the product is there but not older, nothing matches, and the insert is refused as a duplicate.
  return { updateOne: { filter: { _id, version: { $lt: fields.version } }, update: { $set: fields }, upsert: true } };
}

/** Of refused states, those that are newer after all: two first versions of a product raced, and the older one won. */
async function stillNewer(
  products: Collection<ProductDocument>,
  refused: readonly ProductState[],
): Promise<ProductState[]> {
  if (refused.length === 0) return [];
  const ids = refused.map(({ product }) => product.id);
  const there = await products.find({ _id: { $in: ids } }, { projection: { version: 1 } }).toArray();
  const versions = new Map(there.map(({ _id, version }) => [_id, version]));
  return refused.filter(({ product }) => (versions.get(product.id) ?? 0n) < product.version);
}

/** The indexes of the writes that were refused as duplicates; any other failure rejects. */
async function duplicatesOf(written: Promise<unknown>): Promise<number[]> {
  try {
    await written;
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
    const failures = [error.writeErrors].flat();
    if (failures.length === 0 || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return failures.map(({ index }) => index);
  }
}
