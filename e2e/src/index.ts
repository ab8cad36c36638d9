export * from './client.ts';
export * from './deployment.ts';
export * from './phases.ts';
export * from './processes.ts';
export * from './system.ts';
