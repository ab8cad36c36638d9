import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Instruction, isIgnored, lastOf, lineage, parseDockerfile } from './dockerfile.ts';

/** Whom commands run as. */
export interface Builder {
  readonly env: NodeJS.ProcessEnv;
  /** Undefined: as who runs this process. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Built {
  /** What the image has as /app. */
  readonly app: string;
  readonly entrypoint: readonly string[];
  readonly env: Record<string, string>;
}

/**
 * Does without Docker what the steps of the Dockerfile do: each stage is a folder that stands for /app, and commands run there.
 * It knows the instructions that the Dockerfile has, no others.
 * @param context the folder that would be sent to Docker
 * @param work an empty folder that the builder may write to
 */
export async function buildWithoutDocker(
  target: string,
  { context, work, builder }: { context: string; work: string; builder: Builder },
): Promise<Built> {
  const stages = parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'));
  const dockerignore = readFileSync(join(context, '.dockerignore'), 'utf8');
  const done = new Map<string, Promise<string>>();

  function stageFolder(name: string): Promise<string> {
    const found = done.get(name) ?? make(name);
    done.set(name, found);
    return found;
  }

  async function make(name: string): Promise<string> {
    const stage = stages.find((one) => one.name === name);
    if (!stage) throw new Error(`there is no stage ${name}`);
    const folder = join(work, name);
    await mkdir(folder);
    giveToBuilder(folder);
    if (stages.some((one) => one.name === stage.from)) await copyAll(await stageFolder(stage.from), folder);
    for (const instruction of stage.instructions) await does(instruction, folder);
    return folder;
  }

  async function does({ name, text }: Instruction, folder: string): Promise<void> {
    if (name === 'WORKDIR' && text === '/app') return;
    if (['ENV', 'USER', 'ENTRYPOINT', 'CMD'].includes(name)) return;
    if (name === 'COPY' && text === '. .') return copyContext(folder);
    const [, from] = (name === 'COPY' && /^--from=(\S+) \/app \.\/$/.exec(text)) || [];
    if (from) return copyAll(await stageFolder(from), folder);
    if (name !== 'RUN') throw new Error(`not known here: ${name} ${text}`);
    run('sh', ['-c', text.replaceAll(/--mount=\S+ /g, '')], folder);
  }

  async function copyContext(folder: string): Promise<void> {
    const files = globSync('**', { cwd: context, withFileTypes: true, exclude: ['**/node_modules', '.git'] });
    for (const file of [...files, ...globSync('.*', { cwd: context, withFileTypes: true })]) {
      const path = join(file.parentPath, file.name).slice(context.length + 1);
      if (!file.isFile() || isIgnored(path, dockerignore)) continue;
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await cp(join(context, path), join(folder, path));
    }
    giveToBuilder(folder);
  }

  function giveToBuilder(folder: string): void {
    const { user } = builder;
    if (user) spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
  }

  /** Files that are not changed in place may be the same. */
  async function copyAll(from: string, to: string): Promise<void> {
    run('cp', ['-R', '-P', '-l', `${from}/.`, to], work);
  }

  function run(program: string, args: readonly string[], cwd: string): void {
    const options = { cwd, env: builder.env, ...builder.user, encoding: 'utf8' } as const;
    const { status, error, stdout, stderr } = spawnSync(program, args, options);
    if (status !== 0)
      throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}\n${stderr}`}`);
  }

  const app = await stageFolder(target);
  const { instructions } = lineage(stages, target);
  const env = instructions.filter(({ name }) => name === 'ENV').map(({ text }) => text.split('=') as [string, string]);
  return { app, entrypoint: lastOf(instructions, 'ENTRYPOINT')?.args ?? [], env: Object.fromEntries(env) };
}
