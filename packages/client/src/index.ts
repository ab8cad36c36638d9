export { cursorFetch } from './first-cursor.ts';
export type { ResumeOptions } from './recovery.ts';
export { resuming, type SubscribingClient } from './resuming.ts';
