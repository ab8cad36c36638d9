import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

/** What a process has used; see proc(5), /proc/pid/stat. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  };
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
