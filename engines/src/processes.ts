import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Launch } from './engine.ts';
import { run } from './run.ts';

/** A process told apart from a later one that got the same id. */
export interface ProcessRef {
  readonly pid: number;
  /** When it started, in the system's own terms. */
  readonly startedAt: string;
}

const POLL_MS = 20;

/** Starts a server that outlives this process; its output is appended to the log file. */
export async function launchDetached(launch: Launch, logFile: string): Promise<ProcessRef> {
  const log = await open(logFile, 'a');
  try {
    const child = spawn(launch.program, launch.args, {
      cwd: launch.cwd,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...launch.user,
    });
    await once(child, 'spawn');
    child.unref();
    return await processRef(child.pid as number);
  } finally {
    await log.close();
  }
}

/** Of the process that has the id now; of none if none has it. */
export async function processRef(pid: number): Promise<ProcessRef> {
  return { pid, startedAt: (await startTime(pid)) ?? 'ended' };
}

export async function isAlive({ pid, startedAt }: ProcessRef): Promise<boolean> {
  return (await startTime(pid)) === startedAt;
}

/** Sends the signal to the process, unless it has ended. */
export async function signal(target: ProcessRef, name: NodeJS.Signals): Promise<void> {
  if (await isAlive(target)) send(target.pid, name);
}

/**
 * Sends the signal to the process and all that descend from it, the parent first: PostgreSQL's server processes each
 * lead a process group of their own, so signalling the group would reach only the first.
 * @returns all of them
 */
export async function signalTree(target: ProcessRef, name: NodeJS.Signals): Promise<ProcessRef[]> {
  if (!(await isAlive(target))) return [];
  // A process that is to be killed or frozen must not start another while they are counted.
  if (name === 'SIGKILL' || name === 'SIGSTOP') send(target.pid, 'SIGSTOP');
  const { output } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const parents = output.split('\n').map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const tree = [target.pid];
  for (const parent of tree) tree.push(...parents.filter(([, ppid]) => ppid === parent).map(([pid]) => pid));
  const refs = await Promise.all(tree.map(processRef));
  for (const pid of tree) send(pid, name);
  return refs;
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for the end of the process; false when it lives on after the time. */
export async function hasEnded(target: ProcessRef, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isAlive(target)) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/**
 * Waits until a process that was sent SIGSTOP stands still: on a busy machine its threads go on for a while. False when it
 * runs on after the time.
 */
export async function hasStopped({ pid }: ProcessRef, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await threadStates(pid)).every((state) => 'TtXZ'.includes(state))) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** The state of each thread as one letter; none for a process that has ended. Elsewhere than on Linux that of the process. */
async function threadStates(pid: number): Promise<string[]> {
  if (process.platform !== 'linux') {
    const { output } = await run('ps', ['-o', 'stat=', '-p', String(pid)]);
    return output.trim().slice(0, 1).split('');
  }
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => undefined)),
  );
  return stats.flatMap((stat) => (stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).slice(0, 1)));
}

/** Undefined for a process that has ended, also when nobody has collected its exit code yet. */
async function startTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The second field is the program's name in parentheses and may hold spaces itself.
    const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    const threads = Number(fields[16]);
    // A zombie whose other threads are still ending (a JVM, killed) still holds its ports.
    return state === undefined || state === 'X' || (state === 'Z' && threads <= 1) ? undefined : fields[18];
  }
  const { ok, output } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
  const match = /^(\S+)\s+(.+)$/.exec(output.trim());
  return ok && match && !match[1]?.startsWith('Z') ? match[2] : undefined;
}
