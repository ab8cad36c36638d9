import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../engines/src/cache.ts';
import { toStderr } from '../engines/src/report.ts';
import { run } from '../engines/src/run.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const source = fileURLToPath(new URL('./compose-loader', import.meta.url));

export interface Mount {
  type: 'bind' | 'volume' | 'tmpfs';
  source?: string;
  target: string;
  read_only?: boolean;
}

export interface PublishedPort {
  host_ip?: string;
  target: number;
  published: string;
}

/** A service as Compose understands it: durations in Go's notation. */
export interface ComposeService {
  profiles?: string[];
  image: string;
  build?: { context: string; dockerfile: string; target: string };
  command: string[] | null;
  environment?: Record<string, string | null>;
  ports?: PublishedPort[];
  volumes?: Mount[];
  depends_on?: Record<string, { condition: string; required: boolean }>;
  healthcheck?: { test: string[]; interval?: string; timeout?: string; retries?: number };
  networks?: Record<string, { aliases?: string[] } | null>;
  stop_grace_period?: string;
  restart?: string;
  user?: string;
  read_only?: boolean;
  init?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
}

export interface ComposeModel {
  services: Record<string, ComposeService>;
  volumes: Record<string, { name: string }>;
}

/** The program that loads a Compose file, built where it is not there yet. */
export async function composeLoader(cacheFolder: string): Promise<string> {
  const files = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(source, name)));
  const digest = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 8);
  const key = `compose-loader-${digest}-${process.platform}-${process.arch}`;
  const build = async (folder: string) => {
    toStderr("building Compose's own loader from its Go module, half a minute (once)");
    const onLine = (line: string) => toStderr(`  ${line}`);
    const built = await run('go', ['build', '-o', join(folder, 'compose-loader'), '.'], { cwd: source, onLine }).catch(
      (error: Error) => ({ ok: false, output: error.message }),
    );
    if (!built.ok)
      throw new Error(
        `Compose's loader could not be built; it needs Go 1.24 or later (https://go.dev/dl/) and the proxy of Go modules:\n${built.output}`,
      );
  };
  return join(await cached(cacheFolder, key, build, toStderr), 'compose-loader');
}

/** What one load came to: the model, or why Compose refuses the file. */
export type Loaded = { readonly model: ComposeModel } | { readonly refusal: string };

/** @param env all that Compose sees of the environment */
export async function loadCompose(loader: string, file: string, env: Record<string, string>): Promise<Loaded> {
  const { ok, output } = await run(loader, [file], { cwd: join(file, '..'), env });
  return ok ? { model: JSON.parse(output) as ComposeModel } : { refusal: output };
}

/** From Go's notation, such as `1m30s`. */
export function durationMs(text: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? Number.NaN), 0);
}
