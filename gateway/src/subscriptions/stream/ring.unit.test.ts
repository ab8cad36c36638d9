import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTraceContext } from '@tributary/service';
import fc from 'fast-check';
import type { Positions } from '../cursor.ts';
import type { Entry } from './live-event.ts';
import { createRing, type Ring } from './ring.ts';

const trace = newTraceContext();
function entry(partition: number, offset: number): Entry {
  return { event: { entityId: 'a', version: offset, value: {} }, partition, offset, timestampMs: 0, trace };
}

const ringOf = (options: Partial<Parameters<typeof createRing>[0]> = {}) =>
  createRing({ capacity: 4, maxBytes: 1_000, start: [0, 0], complete: [0, 0], ...options });

/** The places of what somebody at these positions is given. */
function unseen(ring: Ring, positions: Positions): string[] {
  const found: string[] = [];
  for (let sequence = ring.firstAfter(positions); sequence < ring.head(); sequence += 1) {
    const { partition, offset } = ring.at(sequence)!;
    if (offset >= positions[partition]!) found.push(`${partition}/${offset}`);
  }
  return found;
}

test('the oldest go first, by count and by bytes, and what is behind them is covered no more', () => {
  const ring = ringOf();
  for (const offset of [0, 1, 2, 3]) ring.append(entry(0, offset), 1);
  assert.equal(ring.covers([0, 0]), true);
  ring.append(entry(1, 0), 1);
  assert.equal(ring.covers([0, 0]), false);
  assert.equal(ring.covers([1, 0]), true);
  assert.equal(ring.at(0), undefined);
  assert.deepEqual(unseen(ring, [1, 0]), ['0/1', '0/2', '0/3', '1/0']);
  ring.append(entry(1, 1), 998);
  assert.equal(ring.covers([2, 0]), false);
  assert.deepEqual(unseen(ring, [3, 0]), ['0/3', '1/0', '1/1']);
  ring.append(entry(1, 2), 5_000);
  assert.equal(ring.covers([4, 2]), true);
  assert.deepEqual(unseen(ring, [4, 2]), ['1/2'], 'a large one is kept alone');
});

test('a partition without events for long does not take away what others cover', () => {
  const ring = ringOf({ start: [0, 7], complete: [0, 7] });
  for (let offset = 0; offset < 100; offset += 1) ring.append(entry(0, offset), 1);
  assert.equal(ring.covers([96, 7]), true);
  assert.equal(ring.covers([96, 6]), false);
  ring.advance(1, 20);
  assert.deepEqual(ring.positions(), [100, 20]);
  assert.equal(ring.covers([96, 7]), true, 'there was no event in what was read');
});

test('what may be a repeat is not covered', () => {
  const ring = ringOf({ start: [10, 0], complete: [12, 0] });
  ring.append(entry(0, 10), 1);
  ring.append(entry(0, 12), 1);
  assert.equal(ring.covers([11, 0]), false);
  assert.deepEqual(unseen(ring, [12, 0]), ['0/12']);
});

test('what was lost is not covered, though what came before it is here', () => {
  const ring = ringOf();
  ring.append(entry(0, 0), 1);
  ring.lose(0, 5);
  ring.append(entry(0, 5), 1);
  assert.deepEqual(ring.positions(), [6, 0]);
  for (const position of [0, 1, 4]) assert.equal(ring.covers([position, 0]), false, String(position));
  assert.equal(ring.covers([5, 0]), true);
  assert.deepEqual(unseen(ring, [5, 0]), ['0/5']);
});

const PARTITIONS = 3;
const step = fc.record({
  partition: fc.nat(PARTITIONS - 1),
  bytes: fc.nat(40),
  kind: fc.constantFrom('event', 'event', 'event', 'other'),
});

test('whoever is covered is given exactly what it has not seen, whatever came and went', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.double({ min: 0, max: 1.2, noNaN: true }), { minLength: PARTITIONS, maxLength: PARTITIONS }),
      (steps, capacity, shares) => {
        const nothing = new Array<number>(PARTITIONS).fill(0);
        const ring = ringOf({ capacity, maxBytes: 100, start: nothing, complete: nothing });
        const ends = [...nothing];
        const events: { partition: number; offset: number }[] = [];
        for (const { partition, bytes, kind } of steps) {
          const offset = ends[partition]!;
          ends[partition] = offset + 1;
          if (kind === 'other') ring.advance(partition, offset + 1);
          else {
            ring.append(entry(partition, offset), bytes);
            events.push({ partition, offset });
          }
        }
        const positions = ends.map((end, partition) => Math.round(end * shares[partition]!));
        const expected = events.filter(({ partition, offset }) => offset >= positions[partition]!);
        const isKept = expected.every((event) => events.indexOf(event) >= events.length - kept(ring));
        assert.deepEqual(ring.positions(), ends);
        if (ring.covers(positions))
          assert.deepEqual(
            unseen(ring, positions),
            expected.map(({ partition, offset }) => `${partition}/${offset}`),
          );
        else assert.equal(isKept, false, 'all of it is here, and it says that it is not');
      },
    ),
    { numRuns: 2_000 },
  );
});

function kept(ring: Ring): number {
  let count = 0;
  while (ring.at(ring.head() - 1 - count)) count += 1;
  return count;
}
