export * from './product/cache/index.ts';
export { createProductChanges, type ProductChanges } from './product/changes.ts';
export * from './product/read-model/index.ts';
export { createProjector, type Projector, type ProjectorOptions } from './projector.ts';
export { createReader, type Reader, type ReaderOptions } from './reader.ts';
export type { ProjectorTopics } from './topics.ts';
