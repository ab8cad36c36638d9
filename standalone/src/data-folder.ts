import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { type Logger, StartError } from '@tributary/service';

/** Where the embedded stores keep their files. */
export interface DataFolder {
  readonly path: string;
  /** The event log's SQLite file. */
  readonly eventLogFile: string;
  /** The write model's PGlite folder. */
  readonly writeModelFolder: string;
  /** The read model's SQLite file. */
  readonly readModelFile: string;
  /** The secret that cursors of subscriptions are signed with. */
  readonly cursorKeyFile: string;
}

/**
 * The data folder, made when only it itself is missing.
 * @throws StartError `DATA_FOLDER_MISSING`, `DATA_FOLDER_DENIED`
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  if (!existsSync(folder)) makeFolder(folder);
  requireFolder(folder);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw denied(path, error);
  }
  return {
    path: folder,
    eventLogFile: join(folder, 'event-log.sqlite'),
    writeModelFolder: join(folder, 'write-model'),
    readModelFile: join(folder, 'read-model.sqlite'),
    cursorKeyFile: join(folder, 'cursor-key'),
  };
}

/**
 * Deletes the stores in the folder, and nothing else that may lie there.
 * @throws EventLogError `IN_USE` while a process uses them
 */
export async function resetDataFolder(folder: DataFolder, logger: Logger): Promise<void> {
  if (existsSync(folder.eventLogFile)) await createEmbeddedEventLog({ file: folder.eventLogFile, logger }).close();
  for (const file of [folder.eventLogFile, folder.readModelFile])
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
  rmSync(folder.cursorKeyFile, { force: true });
  rmSync(folder.writeModelFolder, { recursive: true, force: true });
}

function makeFolder(folder: string): void {
  if (!existsSync(dirname(folder)))
    throw new StartError(
      'DATA_FOLDER_MISSING',
      `the data folder ${folder} cannot be made, since ${dirname(folder)} does not exist: make it or choose another with --data`,
    );
  requireFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    throw denied(folder, error);
  }
}

function requireFolder(path: string): void {
  if (!statSync(path).isDirectory())
    throw new StartError('DATA_FOLDER_MISSING', `${path} is a file: choose a folder for the data with --data`);
}

function denied(path: string, cause: unknown): StartError {
  return new StartError(
    'DATA_FOLDER_DENIED',
    `the data folder ${path} may not be written by this user: change its permissions or choose another with --data`,
    { cause },
  );
}
