import { join, relative, sep } from 'node:path';
import { watch } from 'chokidar';

export interface WatchOptions {
  /** The project's root. */
  root: string;
  /** What to watch, with all below it, from the root. */
  folders: readonly string[];
  /** How long no more must change before a change is told: editors write several files of one save. Default: 150. */
  quietMs?: number;
  /** Files that changed, from the root. */
  onChange(files: readonly string[]): void;
  onError(error: Error): void;
}

/** What a running service reads. */
const SOURCE = /\.(?:ts|mjs|js|json|graphql|sql|html|css|svg)$/;
const NO_SOURCE = /(?:\.test|\bcontract)\.ts$/;
const NO_SOURCE_FOLDERS = new Set(['node_modules', 'testing', 'coverage']);

/** Watches source files. Resolves when it sees every change from then on. */
export async function watchSources(options: WatchOptions): Promise<() => Promise<void>> {
  const { root, folders, quietMs = 150, onChange, onError } = options;
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
    timer = setTimeout(tell, quietMs);
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
