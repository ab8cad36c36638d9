export type { Execute, Operation, OperationResult } from './execute.ts';
export { BODY_LIMIT_BYTES, type RestDeps, registerRest } from './routes.ts';
