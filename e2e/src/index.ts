export * from './client.ts';
export * from './deployment.ts';
export * from './processes.ts';
export * from './replica.ts';
export * from './system.ts';
