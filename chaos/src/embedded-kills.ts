import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describeViolation } from './checker/index.ts';
import { embeddedDeck, schedule } from './faults/schedule.ts';
import { run } from './run.ts';
import { summaryOf } from './summary.ts';
import { startEmbedded } from './systems/embedded.ts';

/** Kills what `npm start` starts, over and over, at points of time that the seed chooses, under load, and judges what is left. */
export async function killEmbedded(t: TestContext, { seed, kills }: { seed: number; kills: number }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  const system = await startEmbedded();
  t.after(() => system.discard());

  const result = await run({
    system,
    seed,
    steps: schedule(seed, embeddedDeck).take(kills),
    durationMs: Number.POSITIVE_INFINITY,
    minCommands: 0,
    clients: 6,
    restMs: 60,
    drainMs: 120_000,
    folder,
    report: (line) => t.diagnostic(line),
  });
  t.diagnostic(summaryOf(seed, result));
  const shown = result.violations.slice(0, 5).map(describeViolation).join('\n\n');
  assert.equal(result.violations.length, 0, `${shown}\nsee ${folder}`);
  assert.deepEqual(result.faults.injected, { 'standalone-kill': kills });
  assert((result.counts.commands.COMMITTED ?? 0) > kills, 'the load did something');
  await rm(folder, { recursive: true });
}
