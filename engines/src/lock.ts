import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from './errors.ts';
import type { Report } from './report.ts';

export interface LockOptions {
  /** Told once, when another process holds the lock. */
  readonly report: Report;
  /** What the holder is, for people. Default: another start or stop of the engines. */
  readonly waitingFor?: string;
  /** Default 15 minutes: the holder may be downloading for the first time. */
  readonly timeoutMs?: number;
}

const RETRY_MS = 100;

/**
 * Runs `work` while no other process runs any under the same file. SQLite holds the lock, so the kernel releases it when
 * the holder dies, however it dies, and there are no stale locks to clear.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    await acquire(database, file, options);
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(
  database: DatabaseSync,
  file: string,
  { report, waitingFor = 'another start or stop of the engines', timeoutMs = 15 * 60_000 }: LockOptions,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() >= deadline)
        throw new EngineError('LOCKED', `another process has held ${file} for ${Math.round(timeoutMs / 1000)} s`);
      if (attempt === 10) report(`waiting for ${waitingFor} to end`);
      await delay(RETRY_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return (error as { errcode?: number }).errcode === SQLITE_BUSY;
}
