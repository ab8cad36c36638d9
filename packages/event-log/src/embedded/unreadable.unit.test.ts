import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { consumeGroup } from './consumption.ts';
import { createGroups } from './groups.ts';
import { openStorage } from './storage.ts';
import { createTail } from './tail.ts';

const topic = 'topic';
const logger = silentLogger();

/** A log of one record, on a disk that fails as often as told. */
function givenStorage(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-unreadable-'));
  const storage = openStorage(join(folder, 'log.sqlite'));
  t.after(() => {
    storage.close();
    rmSync(folder, { recursive: true });
  });
  storage.addTopic({ name: topic, partitions: 1, retentionMs: 60_000 });
  storage.append([{ topic, partition: 0, key: 'k', value: Buffer.from('v'), headers: {} }], Date.now());
  let failures = 0;
  const failing: typeof storage = {
    ...storage,
    read(...place) {
      if (failures === 0) return storage.read(...place);
      failures -= 1;
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR' });
    },
  };
  return { storage: failing, fail: (times: number) => (failures = times) };
}

const readers = () => new Set<{ topic: string; wake(): void }>();

for (const kind of ['tail', 'consumption'] as const) {
  /** Starts the reader and tells what it has seen. */
  async function givenReader(t: TestContext, failures: number) {
    const { storage, fail } = givenStorage(t);
    fail(failures);
    const seen: string[] = [];
    const note = (records: readonly { value: Buffer }[]) => void seen.push(...records.map(({ value }) => `${value}`));
    const common = { topic, storage, readers: readers(), logger };
    if (kind === 'tail') {
      const ranges = new Map([[0, storage.range(topic, 0)]]);
      const tail = createTail({ ...common, ranges, from: new Map([[0, 0n]]), onRecords: note });
      t.after(() => tail.stop());
      return { seen, isReading: tail.caughtUp, ended: tail.ended };
    }
    const consumption = await consumeGroup({
      ...common,
      ...{ group: 'g', partitions: 1, groups: createGroups() },
      positions: async () => new Map(),
      handle: async ({ records }) => note(records),
    });
    t.after(() => consumption.stop());
    return { seen, isReading: consumption.isReading, ended: consumption.ended };
  }

  test(`a ${kind} reads on after a disk that failed for a moment, and says so meanwhile`, async (t) => {
    const { seen, isReading } = await givenReader(t, 3);
    assert.equal(isReading(), false);
    await until('it reads', () => seen.length === 1);
    assert.equal(isReading(), true);
  });

  test(`a ${kind} ends with a reason when the disk cannot be read`, async (t) => {
    const { seen, isReading, ended } = await givenReader(t, Number.POSITIVE_INFINITY);
    const reason = (await ended) as Error & { code?: string };
    assert.equal(reason.code, 'UNAVAILABLE');
    assert.equal((reason.cause as Error).message, 'disk I/O error');
    assert.equal(isReading(), false);
    assert.deepEqual(seen, []);
  });
}
