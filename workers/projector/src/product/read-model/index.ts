export { createMongoReadModel, type MongoReadModelOptions } from './mongodb/index.ts';
export * from './read-model.ts';
export { createSqliteReadModel, type SqliteReadModelOptions } from './sqlite/index.ts';
