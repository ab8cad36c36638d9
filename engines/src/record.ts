import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRef } from './processes.ts';

/** What is known of an engine that was started from its folder. */
export interface EngineRecord extends ProcessRef {
  readonly port: number;
  /** What the server answers when asked who it is. */
  readonly identity: string;
}

export async function readRecord(folder: string): Promise<EngineRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordFile(folder), 'utf8')) as EngineRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeRecord(folder: string, record: EngineRecord): Promise<void> {
  const file = recordFile(folder);
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

export async function removeRecord(folder: string): Promise<void> {
  await rm(recordFile(folder), { force: true });
}

function recordFile(folder: string): string {
  return join(folder, 'process.json');
}
