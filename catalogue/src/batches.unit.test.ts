import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBatches } from './batches.ts';
import { createLedger, NOTHING_SETTLED } from './ledger.ts';
import type { RawRow } from './reading/raw-row.ts';
import type { RowSource } from './reading/source.ts';

const { signal } = new AbortController();

function sourceOf(...names: string[]): RowSource {
  async function* rows(): AsyncGenerator<RawRow> {
    for (const [n, name] of names.entries()) yield { line: n + 2, fields: { name, description: 'd', price: '1' } };
  }
  return { rows, share: () => 1 };
}

test('rows come in batches, and what is refused already here is settled', async () => {
  const rejected: number[] = [];
  const ledger = createLedger(NOTHING_SETTLED, ({ line }) => rejected.push(line));
  const { batches, rows } = readBatches(sourceOf('a', '', 'b', 'c', ' ', 'd'), 2, ledger, signal);
  const names = (await Array.fromAsync(batches)).map((batch) => batch.map(({ input }) => input.name));
  assert.deepEqual(
    [names, rows()],
    [
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      6,
    ],
  );
  assert.deepEqual([ledger.counts().rejected, ledger.waiting()], [2, 2]);
});

test('rows that an earlier run has settled are passed, but count for the number of equal ones', async () => {
  const keysAfter = async (rows: number) => {
    const ledger = createLedger({ ...NOTHING_SETTLED, rows }, () => {});
    const batches = await Array.fromAsync(readBatches(sourceOf('a', 'b', 'a'), 10, ledger, signal).batches);
    return batches.flat().map(({ input }) => input.idempotencyKey);
  };
  const all = await keysAfter(0);
  assert.equal(new Set(all).size, 3);
  assert.deepEqual(await keysAfter(2), all.slice(2));
  assert.deepEqual(await keysAfter(3), []);
});

test('reading ends when the import is stopped', async () => {
  const stopping = new AbortController();
  const ledger = createLedger(NOTHING_SETTLED, () => {});
  const { batches } = readBatches(sourceOf('a', 'b', 'c'), 1, ledger, stopping.signal);
  assert.equal((await batches.next()).value?.length, 1);
  stopping.abort();
  assert.equal((await batches.next()).done, true);
});

test('no more is read while too many outcomes wait for an earlier one', { timeout: 60_000 }, async () => {
  const ledger = createLedger(NOTHING_SETTLED, () => {});
  // The first row hangs; each of the others is refused as soon as it is read.
  const { batches, rows } = readBatches(sourceOf('a', ...Array<string>(30_000).fill('')), 1, ledger, signal);
  const [first] = (await batches.next()).value ?? [];
  const rest = batches.next();
  while (ledger.waiting() < 20_001) await new Promise(setImmediate);
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.equal(rows(), 20_002);
  ledger.settle(1, { kind: 'accepted', productId: first?.productId ?? '' });
  assert.equal((await rest).done, true);
  assert.equal(ledger.settled().rows, 30_001);
});
