import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger, NOTHING_SETTLED, type Outcome } from './ledger.ts';

const accepted = (productId: string): Outcome => ({ kind: 'accepted', productId });
const rejected = (line: number): Outcome => ({
  kind: 'rejected',
  reject: { line, fields: {}, code: 'TOO_LONG', reason: 'too long' },
});

test('a row is settled when all before it are, whatever the order of outcomes', () => {
  const lines: number[] = [];
  const ledger = createLedger(NOTHING_SETTLED, ({ line }) => lines.push(line));
  ledger.settle(3, rejected(30));
  ledger.settle(2, accepted('b'));
  ledger.settle(5, accepted('e'));
  assert.deepEqual(ledger.settled(), NOTHING_SETTLED);
  assert.deepEqual([ledger.counts(), ledger.waiting()], [{ accepted: 2, repeated: 0, rejected: 1 }, 3]);
  assert.deepEqual(lines, []);

  ledger.settle(1, rejected(10));
  assert.deepEqual(ledger.settled(), {
    rows: 3,
    counts: { accepted: 1, repeated: 0, rejected: 2 },
    lastProductId: 'b',
  });
  assert.deepEqual([lines, ledger.waiting()], [[10, 30], 1]);
});

test('it goes on where an earlier one stood', () => {
  const earlier = { rows: 7, counts: { accepted: 5, repeated: 1, rejected: 1 }, lastProductId: 'g' };
  const ledger = createLedger(earlier, () => {});
  assert.deepEqual([ledger.settled(), ledger.counts()], [earlier, earlier.counts]);
  ledger.settle(8, { kind: 'repeated', productId: 'h' });
  assert.deepEqual(ledger.settled(), {
    rows: 8,
    counts: { accepted: 5, repeated: 2, rejected: 1 },
    lastProductId: 'h',
  });
});

test('a second outcome of a row is a defect', () => {
  const ledger = createLedger(NOTHING_SETTLED, () => {});
  ledger.settle(1, accepted('a'));
  ledger.settle(3, accepted('c'));
  for (const row of [1, 3]) assert.throws(() => ledger.settle(row, accepted('x')), /two outcomes/);
});

test('it tells when the next row is settled', async () => {
  const ledger = createLedger(NOTHING_SETTLED, () => {});
  let isTold = false;
  const moved = ledger.moved().then(() => {
    isTold = true;
  });
  ledger.settle(2, accepted('b'));
  await Promise.resolve();
  assert.equal(isTold, false);
  ledger.settle(1, accepted('a'));
  await moved;
});
