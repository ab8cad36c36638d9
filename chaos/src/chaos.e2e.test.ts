import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeViolation } from './checker/index.ts';
import { total } from './counts.ts';
import { type Deck, roundOf } from './faults/schedule.ts';
import { run } from './run.ts';
import { summaryOf } from './summary.ts';
import { startOnEngines } from './systems/on-engines.ts';

/** Fixes what is broken, in which order and for how long; the interleaving differs from run to run. */
const SEED = 20_251;

/** Each way to break it once: short enough for every test run. `npm run chaos` does it at length. */
const deck: Deck = {
  'writer-kill': 1,
  'projector-kill': 1,
  'writer-freeze': 1,
  'kafka-kill': 1,
  'postgres-kill': 1,
  'redis-kill': 1,
  'redis-flush': 1,
};

test('killed, frozen and restarted, the system on real engines loses, doubles and reorders nothing', async (t) => {
  const report = (line: string) => t.diagnostic(line);
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  const system = await startOnEngines({ brokers: 1, report });
  t.after(() => system.discard());

  const result = await run({
    system,
    seed: SEED,
    steps: roundOf(SEED, deck),
    durationMs: Number.POSITIVE_INFINITY,
    minCommands: 0,
    clients: 6,
    restMs: 100,
    drainMs: 120_000,
    folder,
    report,
  });
  t.diagnostic(summaryOf(SEED, result));
  assert.equal(
    result.violations.length,
    0,
    `${result.violations.slice(0, 5).map(describeViolation).join('\n\n')}\nsee ${folder}`,
  );
  assert.deepEqual(result.faults.injected, deck);
  assert((result.counts.commands.COMMITTED ?? 0) > 20, 'the load did something');
  assert(total(result.counts.reads) > 20, 'the load read something');
  await rm(folder, { recursive: true });
});
