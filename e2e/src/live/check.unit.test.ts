import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allChanges } from './asks.ts';
import { type Case, type Told, whatIsWrong } from './check.ts';
import type { Change } from './topic.ts';

const change = (partition: number, offset: number, productId: string, version: number): Change => ({
  ...{ partition, offset, productId, version, type: version === 1 ? 'CREATED' : 'UPDATED' },
  ...{ id: `event-${partition}-${offset}`, commandId: 'c', occurredAt: '2026-01-01T00:00:00.000Z', product: null },
});

/** Two products in one partition, one in another; offsets that are left out have no change. */
const [a1, b1, a2, a3, c1, c2] = [
  change(0, 3, 'a', 1),
  change(0, 4, 'b', 1),
  change(0, 6, 'a', 2),
  change(0, 7, 'a', 3),
  change(1, 0, 'c', 1),
  change(1, 2, 'c', 2),
];
const changes = [a1, b1, a2, a3, c1, c2];

/** What is told of changes in this order, each with the cursor that is right then. */
function tellingOf(order: readonly Change[], start = [3, 0]): Told[] {
  const positions = [...start];
  return order.map((one) => {
    positions[one.partition] = Math.max(positions[one.partition]!, one.offset + 1);
    return { productId: one.productId, version: one.version, cursor: positions.join(), event: allChanges.tells(one) };
  });
}

const read = (cursor: string) => (/^\d+,\d+$/.test(cursor) ? cursor.split(',').map(Number) : null);

function wrong(told: readonly Told[], different: Partial<Case> = {}): readonly string[] {
  return whatIsWrong({ ask: allChanges, start: '3,0', told, changes, read, ...different });
}

const right = tellingOf([a1, c1, b1, a2, c2, a3]);

describe('what a subscriber was told', () => {
  test('all of it, whatever the order of the partitions', () => {
    assert.deepEqual(wrong(right), []);
    assert.deepEqual(wrong(tellingOf([c1, c2, a1, b1, a2, a3])), []);
  });

  test('from where it began, and what it asked for', () => {
    assert.deepEqual(wrong(tellingOf([a2, c2, a3], [5, 1]), { start: '5,1' }), []);
    const ask = { ...allChanges, wants: ({ type }: Change) => type === 'UPDATED' };
    assert.deepEqual(wrong(tellingOf([a2, c2, a3]), { ask }), []);
  });

  test('what is missing is found, in the middle and at the end', () => {
    assert.deepEqual(wrong(right.toSpliced(2, 1)), ['not told b@1 at 0/4']);
    assert.deepEqual(wrong(right.slice(0, -1)), ['not told a@3 at 0/7']);
    assert.equal(wrong([]).length, 6);
  });

  test('what comes twice is found, at once and later', () => {
    assert.deepEqual(wrong(right.toSpliced(2, 0, right[1]!)), ['told c@1 again']);
    assert.deepEqual(wrong([...right, right[0]!]), ['told a@1 again']);
  });

  test('what comes in another order is found', () => {
    assert.deepEqual(wrong(tellingOf([a1, c1, b1, a3, a2, c2])), ['told a@2 after version 3']);
  });

  test('what was not asked for, or was before, is found', () => {
    const ask = { ...allChanges, wants: ({ productId }: Change) => productId !== 'b' };
    assert.deepEqual(wrong(right, { ask }), ['told b@1, which it did not ask for']);
    assert.deepEqual(wrong(right, { start: '4,0' }), ['told a@1, which it did not ask for']);
  });

  test('what was told otherwise is found', () => {
    const other = { ...right[2]!, event: { ...right[2]!.event, id: 'event-0-5' } };
    assert.match(wrong(right.with(2, other)).join(), /^told b@1 otherwise: .*event-0-5/);
    const more = { ...right[2]!, event: { ...right[2]!.event, extra: null } };
    assert.match(wrong(right.with(2, more)).join(), /^told b@1 otherwise/);
  });
});

describe('the cursors that came with it', () => {
  const withCursor = (index: number, cursor: string) => wrong(right.with(index, { ...right[index]!, cursor }));

  test('one that is none, one that skips, one that goes back', () => {
    assert.deepEqual(withCursor(2, 'x'), ['told b@1 with a cursor that is none']);
    assert.deepEqual(withCursor(2, '7,1'), ['told b@1 with a cursor behind 3 changes of partition 0, not 2']);
    assert.deepEqual(withCursor(2, '4,1'), ['told b@1 with a cursor behind 1 changes of partition 0, not 2']);
  });

  test('one that skips here as far as it goes back there', () => {
    assert.deepEqual(withCursor(2, '7,0'), ['told b@1 with a cursor behind 3 changes of partition 0, not 2']);
  });

  test('one that stands before or behind what is no change to this subscriber is right', () => {
    assert.deepEqual(withCursor(2, '6,1'), []);
    assert.deepEqual(withCursor(2, '5,2'), []);
  });

  test('that with which it began is one', () => {
    assert.deepEqual(wrong(right, { start: 'x' }), ['began with a cursor that is none']);
  });
});
