/** An instruction of a Dockerfile: `args` are the words of its exec form, or all of its text. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
  readonly args: readonly string[];
}

/** What one FROM begins. */
export interface Stage {
  readonly name: string;
  /** An image, or another stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads what this project's Dockerfile uses of the format. */
export function parseDockerfile(text: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')) {
    if (line.trim() === '') continue;
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === 'FROM') {
      const [, from = '', stage = String(stages.length)] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ name: stage, from, instructions: [] });
    } else if (name === '') throw new Error(`not an instruction: ${line}`);
    else stages.at(-1)?.instructions.push({ name, text: rest, args: argsOf(rest) });
  }
  return stages;
}

function argsOf(text: string): string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : [text];
}

/** The instructions that an image of the stage is made by, its bases' first, and the image at the bottom. */
export function lineage(stages: readonly Stage[], name: string): { image: string; instructions: Instruction[] } {
  const stage = stages.find((one) => one.name === name);
  if (!stage) return { image: name, instructions: [] };
  const below = lineage(stages, stage.from);
  return { image: below.image, instructions: [...below.instructions, ...stage.instructions] };
}

/** The last of its name, which is the one that counts. */
export function lastOf(instructions: readonly Instruction[], name: string): Instruction | undefined {
  return instructions.findLast((one) => one.name === name);
}

/**
 * Whether a file of the context is kept from the build.
 * @param file its path from the context's root
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function isIgnored(file: string, dockerignore: string): boolean {
  const parts = file.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const line of dockerignore.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const isException = line.startsWith('!');
    const pattern = patternOf(isException ? line.slice(1) : line);
    // A pattern that takes a folder takes all below it.
    if (paths.some((path) => pattern.test(path))) ignored = !isException;
  }
  return ignored;
}

function patternOf(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}
