import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Simulated, simulate } from '../simulate.ts';

/** What a run of schedules came to. */
export interface Schedules {
  steps: number;
  commands: number;
  events: number;
  /** The first that broke a promise; those behind it are not run. */
  failed: Simulated | null;
}

interface Range {
  firstSeed: number;
  schedules: number;
}

/** What a schedule leaves unresolved when it ends, some 0.3 MB, is given back only with its thread. */
const SCHEDULES_PER_THREAD = 2_000;

/** Runs schedules in threads of their own: the hooks by which the test runner follows promises make each of them several times as slow. */
export async function runSchedules({ firstSeed, schedules }: Range): Promise<Schedules> {
  const sum: Schedules = { steps: 0, commands: 0, events: 0, failed: null };
  for (let done = 0; done < schedules && !sum.failed; done += SCHEDULES_PER_THREAD) {
    const some = Math.min(SCHEDULES_PER_THREAD, schedules - done);
    const { failed, ...counts } = await runInThread({ firstSeed: firstSeed + done, schedules: some });
    sum.failed = failed;
    sum.steps += counts.steps;
    sum.commands += counts.commands;
    sum.events += counts.events;
  }
  return sum;
}

function runInThread(range: Range): Promise<Schedules> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: range });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread ended without an answer')));
  });
}

async function run({ firstSeed, schedules }: Range): Promise<Schedules> {
  const sum: Schedules = { steps: 0, commands: 0, events: 0, failed: null };
  for (let seed = firstSeed; seed < firstSeed + schedules && !sum.failed; seed += 1) {
    const simulated = await simulate(seed);
    if (simulated.violations.length > 0) sum.failed = simulated;
    sum.steps += simulated.steps;
    sum.commands += simulated.commands;
    sum.events += simulated.events;
  }
  return sum;
}

if (!isMainThread) parentPort?.postMessage(await run(workerData as Range));
