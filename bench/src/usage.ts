import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface BenchProcess {
  name: string;
  pid: number;
}

export interface Usage {
  /** Time on processors since the process started, user and system, all threads, in milliseconds. */
  cpuMs: number;
  /** Memory that it holds, in bytes. */
  rssBytes: number;
}

const TICK_MS = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** What a process has used; see proc(5), /proc/pid/stat and /proc/pid/task/tid/schedstat. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: exactCpuMs(pid) ?? (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** By the scheduler, of the threads that there are, since a tick is a lot in a turn of a second. Null where it keeps no such count. */
function exactCpuMs(pid: number): number | null {
  try {
    const ofThreads = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]),
    );
    return ofThreads.reduce((sum, ns) => sum + ns / 1e6, 0);
  } catch {
    return null;
  }
}

export interface UsageShare {
  /** Per operation, in microseconds. */
  cpuUs: number;
  rssBytes: number;
}

/** Runs work and tells what each process used for one of its operations. */
export async function usedBy<T extends { operations: number }>(
  processes: readonly BenchProcess[],
  work: () => Promise<T>,
): Promise<T & { usage: Record<string, UsageShare> }> {
  const before = processes.map(({ pid }) => usageOf(pid).cpuMs);
  const result = await work();
  const usage = processes.map(({ name, pid }, index) => {
    const { cpuMs, rssBytes } = usageOf(pid);
    const cpuUs = ((cpuMs - (before[index] ?? 0)) * 1_000) / Math.max(1, result.operations);
    return [name, { cpuUs, rssBytes }] as const;
  });
  return { ...result, usage: Object.fromEntries(usage) };
}
