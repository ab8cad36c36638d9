export type { Database, Session } from './database/database.ts';
export { openPglite, type PgliteOptions } from './database/pglite.ts';
export { createWriterOperations, type WriterOperationsOptions } from './operations/index.ts';
export type { WriterTopics } from './topics.ts';
export { createWriter, type Writer, type WriterOptions } from './writer.ts';
