import { join } from 'node:path';
import { portVariables, projectRoot } from './config.ts';
import type { ServerName } from './engine.ts';
import { EngineError } from './errors.ts';
import { type EngineStatus, engineOf, type Home, placeOf, type Runner } from './home.ts';
import { jaegerPortVariables } from './jaeger-config.ts';
import { containerNames } from './mixed-runner.ts';
import { isFree } from './ports.ts';
import type { Report } from './report.ts';
import { type Finished, lastLines, run } from './run.ts';

const PROBE_TIMEOUT_MS = 3_000;
/** The file requires them for services that are not started from here. */
const unusedSecrets = { ADMIN_TOKEN: 'unused', CURSOR_KEYS: 'unused:unused' };
const composeFile = join(projectRoot, 'compose.yml');

/** Whether a Docker engine answers, not only a client, and the client has `compose`. */
export async function dockerAnswers(): Promise<boolean> {
  const succeeds = (...args: string[]) =>
    run('docker', args, { timeoutMs: PROBE_TIMEOUT_MS }).then(
      ({ ok }) => ok,
      () => false,
    );
  return (await succeeds('info')) && (await succeeds('compose', 'version'));
}

interface Container {
  readonly Service: string;
  readonly State: string;
  readonly Health: string;
  readonly Name: string;
}

/** Runs the engines of a home as the containers of compose.yml, under a Compose project of their own. */
export function createDockerRunner(home: Home, project: string, report: Report): Runner {
  const ports = Object.fromEntries(containerNames.map((name) => [portVariables[name], String(home.ports[name])]));
  // Services are named one by one, whatever profile they are in.
  const named = { ...jaegerPortVariables(home.ports.jaeger), ...ports, COMPOSE_PROFILES: '*' };
  const env = { ...unusedSecrets, ...process.env, ...named };

  async function compose(args: readonly string[], onLine?: (line: string) => void): Promise<Finished> {
    const finished = await run('docker', ['compose', '-p', project, '-f', composeFile, ...args], { env, onLine });
    if (!finished.ok)
      throw new EngineError('START_FAILED', `docker compose ${args[0]} failed:\n${lastLines(finished.output, 12)}`);
    return finished;
  }

  async function containers(): Promise<Container[]> {
    return parseContainers((await compose(['ps', '--all', '--format', 'json'])).output);
  }

  async function requireFreePorts(names: readonly ServerName[]): Promise<void> {
    const present = new Set((await containers()).filter(({ State }) => State === 'running').map((c) => c.Service));
    for (const name of names.filter((candidate) => !present.has(candidate))) {
      const { port } = placeOf(home, name);
      if (!(await isFree(port)))
        throw new EngineError(
          'PORT_TAKEN',
          `${name}: port ${port} is taken by a program that was not started here. ` +
            `Stop that program, or choose another port with ${portVariables[engineOf(name).name]}.`,
        );
    }
  }

  async function down<S extends ServerName>(names: readonly S[]): Promise<S[]> {
    const ran = (await containers()).filter(({ State }) => State === 'running').map(({ Service }) => Service);
    await compose(['rm', '--stop', '--force', ...names]);
    return names.filter((name) => ran.includes(name));
  }

  return {
    async up(names) {
      await requireFreePorts(names);
      report(`starting ${names.join(', ')} with docker compose (the first time it fetches the images)`);
      await compose(['up', '--detach', '--wait', '--wait-timeout', '180', ...names], (line) => report(`  ${line}`));
    },
    down,
    async status(name): Promise<EngineStatus> {
      const port = home.ports[name];
      const base = { name, runsAs: 'container', port, address: engineOf(name).address(port) } as const;
      const found = (await containers()).find(({ Service }) => Service === name);
      if (found?.State === 'running') {
        const state = found.Health === 'healthy' ? 'running' : 'unresponsive';
        return { ...base, state, detail: `container ${found.Name}` };
      }
      if (await isFree(port)) return { ...base, state: 'stopped' };
      return { ...base, state: 'foreign', detail: 'held by a program that was not started here' };
    },
    pid: async () => undefined,
    logFile: () => undefined,
    async kill(name, signal) {
      await compose(['kill', '--signal', signal, name]);
    },
    async destroy(names) {
      const ran = await down(names);
      if (names.length === containerNames.length) await compose(['down', '--volumes']);
      else await run('docker', ['volume', 'rm', '--force', ...names.map((name) => `${project}_${name}`)]);
      return ran;
    },
  };
}

/** Some versions of Compose print one array, others one object per line. */
export function parseContainers(output: string): Container[] {
  return output
    .split('\n')
    .filter((line) => /^\s*[[{]/.test(line))
    .flatMap((line) => JSON.parse(line) as Container | Container[]);
}
