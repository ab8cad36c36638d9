export * from './dead-letters.ts';
export { toldByCode } from './errors.ts';
export * from './lag.ts';
export * from './range.ts';
export * from './topics.ts';
