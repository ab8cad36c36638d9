export * from './dead-letters.ts';
export { deadLetterHeaders } from './headers.ts';
export { type DeadLetter, originalRecord, type Resolution, type WholeDeadLetter } from './letter.ts';
