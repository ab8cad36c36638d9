export * from './read-model.ts';
export { createSqliteReadModel, type SqliteReadModelOptions } from './sqlite/index.ts';
