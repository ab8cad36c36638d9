import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LockOptions, withLock } from './lock.ts';
import type { Report } from './report.ts';

/**
 * The folder `key` of the cache; when absent, `fill` makes it once, whoever else asks at the same time. A `fill` that
 * fails leaves nothing behind.
 */
export async function cached(
  cacheFolder: string,
  key: string,
  fill: (folder: string) => Promise<void>,
  report: Report,
  options: Pick<LockOptions, 'waitingFor'> = {},
): Promise<string> {
  const folder = join(cacheFolder, key);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  await withLock(
    `${folder}.lock`,
    async () => {
      if (existsSync(folder)) return;
      await removeInterrupted(cacheFolder, key);
      const partial = await mkdtemp(`${folder}.partial-`);
      try {
        await fill(partial);
        await chmod(partial, 0o755); // mkdtemp lets nobody else in, but a server may run as another user
        await rename(partial, folder);
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw error;
      }
    },
    { report, ...options },
  );
  return folder;
}

/** What an earlier attempt left that was killed. Nobody else fills this key now: the lock is ours. */
async function removeInterrupted(cacheFolder: string, key: string): Promise<void> {
  const left = (await readdir(cacheFolder)).filter((name) => name.startsWith(`${key}.partial-`));
  for (const name of left) await rm(join(cacheFolder, name), { recursive: true, force: true });
}
