import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { portVariables } from './config.ts';
import type { Engine, Place } from './engine.ts';
import { EngineError } from './errors.ts';
import { isFree } from './ports.ts';
import { hasEnded, isAlive, launchDetached, signal, signalTree } from './processes.ts';
import { type EngineRecord, readRecord, removeRecord, writeRecord } from './record.ts';
import type { Report } from './report.ts';
import { lastLines } from './run.ts';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const LONG_LOG_BYTES = 10 * 1024 * 1024;

export type PlainState =
  | { readonly state: 'running' | 'unresponsive'; readonly record: EngineRecord }
  | { readonly state: 'stopped' }
  /** Another program listens on the port; `who` is what it said of itself, if it speaks the protocol. */
  | { readonly state: 'foreign'; readonly who?: string };

export function logFile(place: Place, engine: Engine): string {
  return join(place.folder, `${engine.name}.log`);
}

/** Looks at the process and asks the port, and believes nothing else. */
export async function inspect(engine: Engine, place: Place): Promise<PlainState> {
  const record = await readRecord(place.folder);
  if (record && (await isAlive(record))) {
    const who = await engine.whoAnswers(record.port).catch(() => undefined);
    return { state: who === record.identity ? 'running' : 'unresponsive', record };
  }
  if ((await busyPorts(engine, place.port)).length === 0) return { state: 'stopped' };
  return { state: 'foreign', who: await engine.whoAnswers(place.port).catch(() => undefined) };
}

/** Starts the engine unless it runs already. Resolves when it answers and is the one that was started here. */
export async function start(engine: Engine, place: Place, report: Report): Promise<EngineRecord> {
  const running = await readRecord(place.folder);
  if (running && (await isAlive(running))) {
    if (running.port !== place.port)
      throw new EngineError(
        'NOT_OURS',
        `${engine.title} already runs on port ${running.port}, not ${place.port}: stop it first (npm run engines -- down ${engine.name})`,
      );
    await untilReady(engine, place, running);
    return running;
  }
  await mkdir(place.folder, { recursive: true });
  await requireFreePorts(engine, place.port);
  const launch = await engine.prepare(place, report);
  await rotate(logFile(place, engine));
  const started = Date.now();
  const process_ = await launchDetached(launch, logFile(place, engine));
  const record: EngineRecord = {
    ...process_,
    port: place.port,
    identity: launch.identity ?? String(process_.pid),
  };
  await writeRecord(place.folder, record);
  await untilReady(engine, place, record);
  report(`${engine.title}: up in ${((Date.now() - started) / 1000).toFixed(1)} s at ${engine.address(place.port)}`);
  return record;
}

/** Stops what was started from the folder; false when nothing ran. */
export async function stop(engine: Engine, place: Place, report: Report): Promise<boolean> {
  const record = await readRecord(place.folder);
  const ran = record !== undefined && (await isAlive(record));
  if (ran) {
    await signal(record, engine.stopSignal);
    await signalTree(record, 'SIGCONT'); // whoever froze it may have forgotten
    if (!(await hasEnded(record, STOP_TIMEOUT_MS))) {
      report(`${engine.title}: did not stop within ${STOP_TIMEOUT_MS / 1000} s and is killed`);
      const killed = await signalTree(record, 'SIGKILL');
      const ended = await Promise.all(killed.map((process) => hasEnded(process, STOP_TIMEOUT_MS)));
      if (!ended.every(Boolean))
        throw new EngineError('STOP_FAILED', `${engine.title}: process ${record.pid} cannot be ended`);
    }
  }
  await removeRecord(place.folder);
  return ran;
}

async function untilReady(engine: Engine, place: Place, record: EngineRecord): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let reason = 'it did not answer'; ; await delay(POLL_MS)) {
    if (!(await isAlive(record))) throw await startFailure(engine, place, 'it ended');
    try {
      const who = await engine.whoAnswers(record.port);
      if (who === record.identity) {
        await engine.provision?.(record.port);
        return;
      }
      reason = `another server (${who}) answers on port ${record.port}`;
    } catch (error) {
      reason = (error as Error).message || reason;
    }
    if (Date.now() >= deadline) throw await startFailure(engine, place, reason);
  }
}

async function startFailure(engine: Engine, place: Place, reason: string): Promise<EngineError> {
  const file = logFile(place, engine);
  const log = await readFile(file, 'utf8').catch(() => '');
  return new EngineError(
    'START_FAILED',
    `${engine.title} did not start: ${reason}. The end of ${file}:\n${lastLines(log, 12)}`,
  );
}

/** Keeps one former log beside one that has grown long. */
async function rotate(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found && found.size > LONG_LOG_BYTES) await rename(file, `${file}.1`);
}

async function requireFreePorts(engine: Engine, port: number): Promise<void> {
  const busy = await busyPorts(engine, port);
  if (busy.length === 0) return;
  const who = await engine.whoAnswers(port).catch(() => undefined);
  const speaker = who ? ` (a server of the same kind, which calls itself ${who})` : '';
  throw new EngineError(
    'PORT_TAKEN',
    `${engine.title}: port ${busy.join(' and ')} is taken by a program that was not started here${speaker}. ` +
      `Stop that program, or choose another port with ${portVariables[engine.name]}.`,
  );
}

async function busyPorts(engine: Engine, port: number): Promise<number[]> {
  const ports = engine.ports(port);
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, index) => !free[index]);
}
