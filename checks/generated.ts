import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectFiles } from './files.ts';
import { root, runTask } from './tasks.ts';

/** Runs the `generate` script of every workspace that has one. */
export async function generate(): Promise<void> {
  for (const folder of await generatingWorkspaces()) {
    await runTask({ name: `generate ${folder}`, command: ['node', '--run', 'generate'], cwd: join(root, folder) });
  }
}

/** Generates anew and rejects when that changed a file: then what is committed had drifted from its sources. */
export async function checkDrift(): Promise<void> {
  const before = await digests();
  await generate();
  const after = await digests();
  const drifted = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  if (drifted.length > 0)
    throw new Error(
      `generated files had drifted from their sources and were made anew; commit them:\n  ${drifted.join('\n  ')}`,
    );
}

async function generatingWorkspaces(): Promise<string[]> {
  const folders: string[] = [];
  for (const file of await projectFiles('*/package.json')) {
    const { scripts } = JSON.parse(await readFile(join(root, file), 'utf8')) as { scripts?: Record<string, string> };
    if (scripts?.generate) folders.push(dirname(file));
  }
  return folders;
}

async function digests(): Promise<Map<string, string>> {
  const folders = await generatingWorkspaces();
  const entries = (await projectFiles(...folders)).map(async (file): Promise<[string, string]> => {
    const content = await readFile(join(root, file)).catch(() => Buffer.from('absent'));
    return [file, createHash('sha256').update(content).digest('hex')];
  });
  return new Map(await Promise.all(entries));
}
