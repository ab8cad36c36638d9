// Without the adapters that only this package's main.ts chooses: their drivers take long to load.
export { createProjectorOperations, type ProjectorOperationsOptions } from './operations/index.ts';
export { createMemoryCache, type MemoryCacheOptions } from './product/cache/memory.ts';
export { createProductChanges, type ProductChanges } from './product/changes.ts';
export type { ReadModel } from './product/read-model/read-model.ts';
export { createSqliteReadModel, type SqliteReadModelOptions } from './product/read-model/sqlite/index.ts';
export { createProjector, type Projector, type ProjectorOptions } from './projector.ts';
export { createReader, type Reader, type ReaderOptions } from './reader.ts';
export type { ProjectorTopics } from './topics.ts';
