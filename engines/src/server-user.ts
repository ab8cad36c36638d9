import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EngineError } from './errors.ts';

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root: for root, the system user it is to run as (`postgres` where there is one, else
 * `nobody`); undefined for everybody else, who runs it as himself.
 */
export async function serverUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = users.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new EngineError(
    'MISSING_PROGRAM',
    'PostgreSQL does not run as root and there is no user to run it as: useradd --system postgres',
  );
}

/** The folder itself where the user can reach it, else one under the temporary folder that stands for it. */
export async function reachableFolder(folder: string, user: SystemUser | undefined): Promise<string> {
  if (!user || (await isReachable(folder))) return folder;
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const substitute = join(tmpdir(), `tributary-${basename(folder)}-${digest}`);
  await mkdir(substitute, { recursive: true, mode: 0o711 });
  const found = await lstat(substitute);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || !(await isReachable(substitute)))
    throw new EngineError(
      'START_FAILED',
      `PostgreSQL's user can reach neither ${folder} nor ${substitute}: move the checkout out of a private folder, or set TMPDIR`,
    );
  return substitute;
}

/** Whether others than the owner may pass through the folder and all above it. */
async function isReachable(folder: string): Promise<boolean> {
  const OTHERS_MAY_PASS = 0o001;
  const found = await stat(folder).catch(() => undefined);
  if (found && (found.mode & OTHERS_MAY_PASS) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isReachable(parent);
}
