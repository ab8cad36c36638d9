export * from './operation.ts';
export type { OperationLine } from './server.ts';
