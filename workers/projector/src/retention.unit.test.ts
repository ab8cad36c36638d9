import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newCommandId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { type CommandOutcome, createSqliteReadModel } from './product/read-model/index.ts';
import { type OutcomeRetentionOptions, startOutcomeRetention } from './retention.ts';

const NOW_MS = 1_000_000_000;
const RETENTION_MS = 1_000;

const decidedAt = (decidedAtMs: number): CommandOutcome => ({
  status: { commandId: newCommandId(), state: CommandState.COMMAND_STATE_COMMITTED, deleted: false },
  decidedAtMs,
});

/** A read model of which is known how many outcomes each removal took. */
function given(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-retention-'));
  const readModel = createSqliteReadModel({ file: join(folder, 'read-model.sqlite') });
  const removed: number[] = [];
  const watched = {
    ...readModel,
    async removeOutcomes(olderThanMs: number, limit: number): Promise<number> {
      const count = await readModel.removeOutcomes(olderThanMs, limit);
      removed.push(count);
      return count;
    },
  };
  let retention: { stop(): Promise<void> } | undefined;
  t.after(async () => {
    await retention?.stop();
    await readModel.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    readModel,
    removed,
    start(options: Partial<OutcomeRetentionOptions> = {}): void {
      const usual = { readModel: watched, retentionMs: RETENTION_MS, nowMs: () => NOW_MS, logger: silentLogger() };
      retention = startOutcomeRetention({ ...usual, ...options });
    },
  };
}

test('outcomes are removed when their time is over, all of them at once but in small batches', async (t) => {
  const { readModel, removed, start } = given(t);
  const kept = decidedAt(NOW_MS - RETENTION_MS);
  const expired = Array.from({ length: 2_500 }, (_, n) => decidedAt(NOW_MS - RETENTION_MS - 1 - n));
  const build = await readModel.beginBuild(10_000);
  await build?.add({ products: [], outcomes: [kept, ...expired] });
  await build?.publish(new Map());
  start();
  await until('the last batch is removed', () => removed.length === 3);
  assert.deepEqual(removed, [1_000, 1_000, 500]);
  assert.notEqual(await readModel.outcome(kept.status.commandId), null);
});

test('while there is no read model there is nothing to remove, and nothing to warn of', async (t) => {
  const { readModel, removed, start } = given(t);
  const warnings: unknown[] = [];
  const logger = silentLogger();
  logger.warn = (warning: unknown) => void warnings.push(warning);
  let looks = 0;
  const watched = {
    ...readModel,
    positions: () => {
      looks += 1;
      return readModel.positions();
    },
  };
  start({ readModel: watched, everyMs: 1, logger });
  await until('it has looked twice', () => looks >= 2);
  assert.deepEqual([warnings, removed], [[], []]);
});
