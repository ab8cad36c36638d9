import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from './tasks.ts';

const run = promisify(execFile);

/** The project's own files that match the patterns: tracked by git, or new and not ignored. */
export async function projectFiles(...patterns: readonly string[]): Promise<string[]> {
  const { stdout } = await run(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns],
    {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return [...new Set(stdout.split('\0').filter(Boolean))].sort();
}
