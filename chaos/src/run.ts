import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, type Violation } from './checker/index.ts';
import { type Counts, committedIn, countsOf, inWords, sentIn, total } from './counts.ts';
import { drain } from './drain.ts';
import type { Evidence } from './evidence/evidence.ts';
import { type Campaign, runFaults } from './faults/campaign.ts';
import type { Step } from './faults/schedule.ts';
import { supervise } from './faults/supervision.ts';
import { productIdOf } from './history/entry.ts';
import { createRecorder, type Recorder } from './history/recorder.ts';
import { type Load, startLoad } from './load/load.ts';
import type { ChaosSystem } from './systems/system.ts';

export interface RunOptions {
  system: ChaosSystem;
  seed: number;
  steps: Iterable<Step>;
  /** How long faults are injected at least, in milliseconds; `steps` may end before. */
  durationMs: number;
  /** Go on, also after that, until so many commands were sent, tries included. */
  minCommands: number;
  /** Clients at once. */
  clients: number;
  /** About how long each client rests between two operations, in milliseconds. */
  restMs: number;
  /** How long everything may take to come to rest at the end, in milliseconds. */
  drainMs: number;
  /** Where history, evidence and logs go; made when missing. */
  folder: string;
  report(line: string): void;
}

export interface RunResult {
  durationMs: number;
  counts: Counts;
  faults: Campaign;
  /** Processes that ended by themselves, and were started again. */
  endedByThemselves: readonly string[];
  violations: readonly Violation[];
}

const PROGRESS_MS = 5_000;

/** Loads a system while it is broken, lets it come to rest, and judges what it did. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { system, seed, steps, durationMs, minCommands, clients, restMs, folder, report } = options;
  await mkdir(folder, { recursive: true });
  const recorder = createRecorder(join(folder, 'history.jsonl'));
  const startedMs = performance.now();
  const { gateways, grpc } = system;
  const load = startLoad({ gateways, grpc, recorder, seed, clients, restMs });
  const supervision = supervise(system.replicas);
  const progress = watch(recorder, startedMs, durationMs, report);
  try {
    const sent = sentIn(recorder.entries);
    const isOver = () => performance.now() - startedMs >= durationMs && sent() >= minCommands;
    const faults = await runFaults({
      system,
      supervision,
      steps,
      isOver,
      committed: committedIn(recorder.entries),
      report: progress.doing,
    });
    await load.stop();
    progress.doing('draining');
    const pending = await drain(system, recorder.entries, options.drainMs, progress.doing);
    await supervision.stop();
    progress.doing('gathering evidence');
    const violations = await judge(system, recorder, faults, pending, folder);
    const counts = countsOf(recorder.entries);
    const tookMs = performance.now() - startedMs;
    return { durationMs: tookMs, counts, faults, endedByThemselves: supervision.ended, violations };
  } finally {
    progress.stop();
    await endAll(load, supervision, recorder);
    await keepLogs(system, folder);
  }
}

/** What is broken; evidence that cannot be had is as bad as evidence that speaks against. */
async function judge(
  system: ChaosSystem,
  recorder: Recorder,
  { observations }: Campaign,
  pending: string | null,
  folder: string,
): Promise<Violation[]> {
  const history = recorder.entries.toSorted((a, b) => a.n - b.n);
  const undrained = pending === null ? [] : [ofRun('drained', `work was left: ${pending}`)];
  let evidence: Evidence;
  try {
    const met = history.flatMap((entry) => productIdOf(entry) ?? []);
    evidence = await system.evidence([...new Set(met)]);
  } catch (error) {
    return [...undrained, ofRun('evidence', `cannot be had: ${(error as Error).message}`)];
  }
  await writeFile(join(folder, 'evidence.json'), JSON.stringify({ evidence, observations }));
  return [...undrained, ...check({ history, evidence, observations })];
}

function ofRun(rule: string, message: string): Violation {
  return { rule, subject: 'the run', message, entries: [], records: [] };
}

function watch(recorder: Recorder, startedMs: number, durationMs: number, report: RunOptions['report']) {
  let doing = 'load';
  function line(): void {
    const { commands, reads } = countsOf(recorder.entries);
    const of = Number.isFinite(durationMs) ? ` of ${clock(durationMs)}` : '';
    const time = `${clock(performance.now() - startedMs)}${of}`;
    report(`${time}  ${total(commands)} commands (${inWords(commands)}), ${total(reads)} reads  ${doing}`);
  }
  const timer = setInterval(line, PROGRESS_MS);
  return {
    doing: (text: string) => {
      doing = text;
    },
    stop: () => clearInterval(timer),
  };
}

export function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

async function endAll(load: Load, supervision: { stop(): Promise<void> }, recorder: Recorder): Promise<void> {
  await load.stop();
  await supervision.stop();
  await recorder.close();
}

async function keepLogs({ replicas }: ChaosSystem, folder: string): Promise<void> {
  for (const { name, output } of replicas) await writeFile(join(folder, `${name}.log`), output());
}
