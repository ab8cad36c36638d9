import { join, relative, sep } from 'node:path';
import { watch } from 'chokidar';

export interface WatchOptions {
  /** The project's root. */
  root: string;
  /** What to watch, with all below it, from the root. */
  folders: readonly string[];
  /** Files that changed, from the root, when no more have for a moment. */
  onChange(files: readonly string[]): void;
  onError(error: Error): void;
}

/** Editors write several files of one save, and people save several files: all of that is one change. */
const QUIET_MS = 150;
/** What a running service reads. */
const SOURCE = /\.(?:ts|mjs|js|json|graphql|sql|html|css|svg)$/;
const NO_SOURCE = /(?:\.test|\bcontract)\.ts$/;
const NO_SOURCE_FOLDERS = new Set(['node_modules', 'testing', 'coverage']);

/** Watches source files. Resolves when it sees every change from then on. */
export async function watchSources({ root, folders, onChange, onError }: WatchOptions): Promise<() => Promise<void>> {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    const files = [...changed].sort();
    changed.clear();
    onChange(files);
  }

  const watcher = watch(
    folders.map((folder) => join(root, folder)),
    { ignoreInitial: true, ignored: (path) => isIgnored(relative(root, path)) },
  );
  watcher.on('error', (error) => onError(error as Error));
  watcher.on('all', (event, path) => {
    const file = relative(root, path);
    if (event === 'addDir' || event === 'unlinkDir' || !isSource(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(tell, QUIET_MS);
  });
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

/** Whether a running service may be made of this file. */
export function isSource(file: string): boolean {
  return !isIgnored(file) && SOURCE.test(file) && !NO_SOURCE.test(file);
}

/** Whether a file or folder is not worth looking at. */
function isIgnored(path: string): boolean {
  return path.split(sep).some((part) => NO_SOURCE_FOLDERS.has(part) || (part.startsWith('.') && part !== '..'));
}
