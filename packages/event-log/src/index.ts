export * from './consumer/consumer.ts';
export * from './dead-letters/index.ts';
export * from './event-log.ts';
export { recordedTraceOf } from './record-trace.ts';
