import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { CursorKey } from '@tributary/gateway';

const SECRET_BYTES = 32;

/** The key that cursors of subscriptions are signed with, made at the first start: a cursor outlives the process. */
export function openCursorKey(file: string): CursorKey {
  try {
    writeFileSync(file, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return { id: 'embedded', secret: Buffer.from(readFileSync(file, 'utf8').trim()) };
}
