export * from './errors.ts';
export type { SubgraphRequest } from './request.ts';
export * from './scalars.ts';
export * from './server.ts';
