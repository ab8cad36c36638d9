export * from './display.ts';
export * from './table.ts';
