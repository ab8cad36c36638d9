import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeViolation } from './checker/index.ts';
import { embeddedDeck, engineDeck, schedule } from './faults/schedule.ts';
import { type ChaosOptions, HELP, readOptions } from './options.ts';
import { run } from './run.ts';
import { summaryOf } from './summary.ts';
import { startEmbedded } from './systems/embedded.ts';
import { startOnEngines } from './systems/on-engines.ts';

const MAX_SHOWN = 20;
const DRAIN_MS = 180_000;

const report = (line: string) => process.stderr.write(`chaos: ${line}\n`);

async function main(options: ChaosOptions): Promise<boolean> {
  const { stack, brokers, minutes, commands, clients, restMs } = options;
  const seed = options.seed ?? randomInt(2 ** 31);
  const folder = options.out ?? (await mkdtemp(join(tmpdir(), 'chaos-')));
  report(`seed ${seed}: it fixes the schedule of faults and what clients choose, not the interleaving`);
  report(`history, evidence and logs go to ${folder}`);
  const system = stack === 'embedded' ? await startEmbedded() : await startOnEngines({ brokers, report });
  try {
    const result = await run({
      system,
      seed,
      steps: schedule(seed, stack === 'embedded' ? embeddedDeck : engineDeck),
      durationMs: minutes * 60_000,
      minCommands: commands,
      clients,
      restMs,
      drainMs: DRAIN_MS,
      folder,
      report,
    });
    const { violations } = result;
    if (options.json) process.stdout.write(`${JSON.stringify({ seed, stack, brokers, folder, ...result }, null, 2)}\n`);
    else
      process.stdout.write(
        `${violations.slice(0, MAX_SHOWN).map(describeViolation).join('\n\n')}\n${summaryOf(seed, result)}\n`,
      );
    if (violations.length > MAX_SHOWN)
      report(`${violations.length - MAX_SHOWN} more violations are not shown; --json tells all`);
    const isClean = violations.length === 0;
    if (isClean && !options.keep && options.out === null) await rm(folder, { recursive: true });
    else report(`history, evidence and logs are in ${folder}`);
    return isClean;
  } finally {
    await system.discard();
  }
}

// So that the services end with it; the engines do by themselves.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

let options: ChaosOptions | null;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`chaos: ${(error as Error).message}; --help tells the options\n`);
  process.exit(2);
}
if (options === null) {
  process.stdout.write(HELP);
  process.exit(0);
}
try {
  process.exit((await main(options)) ? 0 : 1);
} catch (error) {
  process.stderr.write(`chaos: ${(error as Error).stack}\n`);
  process.exit(1);
}
