import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AnyEngineName, ServerName } from './engine.ts';
import { EngineError } from './errors.ts';
import { type EngineStatus, engineOf, type Home, placeOf, type Runner } from './home.ts';
import { inspect, logFile, start, stop } from './plain.ts';
import { hasEnded, hasStopped, isAlive, signalTree } from './processes.ts';
import { type EngineRecord, readRecord } from './record.ts';
import type { Report } from './report.ts';

const KILL_TIMEOUT_MS = 30_000;
const passing: readonly NodeJS.Signals[] = ['SIGCONT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Runs the engines of a home as plain processes that outlive this one. */
export function createProcessRunner(home: Home, report: Report): Runner {
  async function status(name: AnyEngineName): Promise<EngineStatus> {
    const engine = engineOf(name);
    const place = placeOf(home, name);
    const found = await inspect(engine, place);
    const base = { name, runsAs: 'process', port: place.port, address: engine.address(place.port) } as const;
    if (found.state === 'stopped') return { ...base, state: 'stopped' };
    if (found.state === 'foreign') {
      const who = found.who ? ` (a server of the same kind, which calls itself ${found.who})` : '';
      return { ...base, state: 'foreign', detail: `held by a program that was not started here${who}` };
    }
    const { pid, port } = found.record;
    const { state } = found;
    const dataFolder = await engine.dataFolder(place);
    return { ...base, state, port, address: engine.address(port), pid, logFile: logFile(place, engine), dataFolder };
  }

  async function alive(name: ServerName): Promise<EngineRecord | undefined> {
    const record = await readRecord(placeOf(home, name).folder);
    return record && (await isAlive(record)) ? record : undefined;
  }

  async function down<S extends ServerName>(names: readonly S[]): Promise<S[]> {
    const ran = await allOf(names, (name) => stop(engineOf(name), placeOf(home, name), report));
    return names.filter((_, index) => ran[index]);
  }

  async function kill(name: ServerName, signal: NodeJS.Signals): Promise<void> {
    const record = await alive(name);
    if (!record) return;
    const signalled = await signalTree(record, signal);
    if (signal === 'SIGSTOP') {
      const stopped = await Promise.all(signalled.map((process) => hasStopped(process, KILL_TIMEOUT_MS)));
      if (stopped.every(Boolean)) return;
      throw new EngineError('STOP_FAILED', `${name}: process ${record.pid} goes on after ${signal}`);
    }
    if (passing.includes(signal)) return;
    // All of them: what a child of PostgreSQL still holds keeps the next server from starting.
    const ended = await Promise.all(signalled.map((process) => hasEnded(process, KILL_TIMEOUT_MS)));
    if (ended.every(Boolean)) return;
    throw new EngineError('STOP_FAILED', `${name}: process ${record.pid} did not end after ${signal}`);
  }

  return {
    async up(names) {
      await allOf(names, (name) => start(engineOf(name), placeOf(home, name), report));
    },
    down,
    status,
    pid: async (name) => (await alive(name))?.pid,
    logFile: (name) => logFile(placeOf(home, name), engineOf(name)),
    kill,
    async destroy(names) {
      // Brokers that stop together wait seconds for a majority that has gone, to save what is deleted here.
      const clustered = names.filter((name) => placeOf(home, name).cluster);
      const killed = await allOf(clustered, async (name) => {
        const ran = await alive(name);
        await kill(name, 'SIGKILL');
        return ran && name;
      });
      const stopped = await down(names);
      const ran = names.filter((name) => killed.includes(name) || stopped.includes(name));
      for (const name of names) {
        const place = placeOf(home, name);
        const dataFolder = await engineOf(name).dataFolder(place);
        for (const folder of [dataFolder, place.folder]) await rm(folder, { recursive: true, force: true });
        if (dirname(dataFolder) !== place.folder) await rmdir(dirname(dataFolder)).catch(() => {});
      }
      return ran;
    },
  };
}

/** Whether one of the engines was started from the home as a process and lives. */
export async function anyProcessRuns(home: Home, names: readonly AnyEngineName[]): Promise<boolean> {
  const alive = await Promise.all(
    names.map(async (name) => {
      const record = await readRecord(placeOf(home, name).folder);
      return record !== undefined && (await isAlive(record));
    }),
  );
  return alive.includes(true);
}

/** Works on all side by side, waits for every one, and rejects with all that failed. */
async function allOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  const [first] = failures;
  if (first && failures.length === 1) throw first;
  if (first) {
    const code = first instanceof EngineError ? first.code : 'START_FAILED';
    throw new EngineError(code, failures.map((failure) => failure.message).join('\n'), { cause: first });
  }
  return settled.map((result) => (result as PromiseFulfilledResult<R>).value);
}
