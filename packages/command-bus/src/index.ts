export * from './command-bus.ts';
export * from './errors.ts';
export * from './outcome-window.ts';
