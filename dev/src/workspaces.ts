import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface PackageFile {
  name?: string;
  workspaces?: string[];
  dependencies?: Record<string, string>;
}

/**
 * The folders whose files a workspace is made of, from the project's root: its own, and those of the workspaces that its
 * `package.json` depends on, directly or through others.
 */
export function sourceFolders(root: string, folder: string): string[] {
  const folders = workspaceFolders(root);
  const found = new Set<string>();
  const add = (next: string) => {
    if (found.has(next)) return;
    found.add(next);
    for (const name of Object.keys(readPackage(root, next).dependencies ?? {})) {
      const dependency = folders.get(name);
      if (dependency !== undefined) add(dependency);
    }
  };
  add(folder);
  return [...found];
}

/** The folder of each workspace by its name. */
function workspaceFolders(root: string): Map<string, string> {
  const { workspaces = [] } = readPackage(root, '.');
  const files = workspaces.flatMap((pattern) => globSync(join(pattern, 'package.json'), { cwd: root }));
  return new Map(files.map((file) => [readPackage(root, dirname(file)).name ?? file, dirname(file)]));
}

function readPackage(root: string, folder: string): PackageFile {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageFile;
}
