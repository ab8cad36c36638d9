import { createConnection } from './connection.ts';
import { openGeneration } from './generation.ts';
import { servedGeneration } from './pointer.ts';

/** An index of a collection: its keys with the order of each, `{ _id: 1 }` among them. */
export interface CollectionIndex {
  readonly collection: string;
  readonly key: Readonly<Record<string, unknown>>;
}

/**
 * Makes what is missing of the indexes of the generation that serves, and answers all that are there; null while no
 * generation serves. A projector makes them when it begins to build, so something is missing only if somebody dropped it.
 * @throws ReadModelError `UNAVAILABLE`
 */
export async function ensureIndexes(options: { url: string; database: string }): Promise<CollectionIndex[] | null> {
  // Indexes of a large collection take long.
  const connection = createConnection({ ...options, serverSelectionTimeoutMs: 3_000, answerTimeoutMs: 3_600_000 });
  try {
    return await connection.run(async (database) => {
      const served = await servedGeneration(database);
      if (served === null) return null;
      const { create, collections } = openGeneration(database, served.generation);
      await create();
      const found = await Promise.all(
        collections.map(async (collection) =>
          (await collection.indexes()).map(({ key }) => ({ collection: collection.collectionName, key })),
        ),
      );
      return found.flat();
    });
  } finally {
    await connection.close();
  }
}
