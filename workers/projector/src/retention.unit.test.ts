import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newCommandId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { type CommandOutcome, createSqliteReadModel } from './product/read-model/index.ts';
import { startOutcomeRetention } from './retention.ts';

const NOW_MS = 1_000_000_000;
const RETENTION_MS = 1_000;

const decidedAt = (decidedAtMs: number): CommandOutcome => ({
  status: { commandId: newCommandId(), state: CommandState.COMMAND_STATE_COMMITTED, deleted: false },
  decidedAtMs,
});

test('outcomes are removed when their time is over, in small batches, once there is a read model', async (t) => {
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
  const options = { readModel: watched, retentionMs: RETENTION_MS, everyMs: 5, nowMs: () => NOW_MS };
  const retention = startOutcomeRetention({ ...options, logger: silentLogger() });
  t.after(async () => {
    await retention.stop();
    await readModel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const kept = decidedAt(NOW_MS - RETENTION_MS);
  const expired = Array.from({ length: 2_500 }, (_, n) => decidedAt(NOW_MS - RETENTION_MS - 1 - n));
  const build = await readModel.beginBuild(10_000);
  await build?.add({ products: [], outcomes: [kept, ...expired] });
  assert.deepEqual(removed, [], 'nothing is done to what is not built');
  await build?.publish(new Map());
  await until('all that expired is removed', () => removed.reduce((sum, count) => sum + count, 0) === expired.length);
  assert.deepEqual(removed.slice(0, 3), [1_000, 1_000, 500]);
  assert.notEqual(await readModel.outcome(kept.status.commandId), null);
});
