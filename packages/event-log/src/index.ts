export * from './consumer/consumer.ts';
export { deadLetterHeaders } from './consumer/dead-letter.ts';
export * from './event-log.ts';
