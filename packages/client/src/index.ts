export { cursorFetch } from './cursor-fetch.ts';
export type { ResumeOptions } from './recovery.ts';
export { resuming, type SubscribingClient } from './resuming.ts';
