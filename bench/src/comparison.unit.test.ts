import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, compare } from './comparison.ts';
import type { Measurement } from './measurement.ts';

const turn = (usage: Record<string, number>, p50Ms = 1): Measurement => ({
  p50Ms,
  p99Ms: 10 * p50Ms,
  usage: Object.fromEntries(Object.entries(usage).map(([name, cpuUs]) => [name, { cpuUs, rssBytes: 1 }])),
});
const rounded = ({ median, low, high }: Change) => [median, low, high].map(Math.round);

test('a turn is held against that beside it, so that the drift of the machine is in none of the changes', () => {
  const pair = (off: number, on: number) => ({
    own: turn({ gateway: on, writer: 100 }, 2),
    other: turn({ gateway: off, writer: 100 }, 1),
  });
  const runs = [{ pairs: [pair(100, 110), pair(200, 250)] }, { pairs: [pair(400, 400)] }];
  const [comparison, ...others] = compare([{ name: 'on', against: 'off', runs }]);
  assert.deepEqual(others, []);
  assert.deepEqual([comparison?.name, comparison?.against, comparison?.pairs], ['on', 'off', 3]);
  assert.deepEqual(rounded(comparison!.byProcess.gateway!), [10, 0, 25]);
  assert.deepEqual(rounded(comparison!.byProcess.writer!), [0, 0, 0]);
  assert.deepEqual(rounded(comparison!.all), [5, 0, 17]);
  assert.deepEqual([rounded(comparison!.p50), rounded(comparison!.p99)], [Array(3).fill(100), Array(3).fill(100)]);
});

test('the more pairs there are, the narrower are the values between which the change lies', () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      own: turn({ gateway: 1_000 + (1_000 * n) / (count - 1) }),
      other: turn({ gateway: 1_000 }),
    }));
  const changes = [9, 101].map((count) => compare([{ name: 'on', against: 'off', runs: [{ pairs: pairs(count) }] }]));
  // Of 9 all but the outermost, of 101 those between the 41st and the 61st: binomial distribution, a half, 95 %.
  assert.deepEqual(
    changes.map(([comparison]) => rounded(comparison!.all)),
    [
      [50, 13, 88],
      [50, 40, 60],
    ],
  );
});

test('a process that an operation hardly uses has no change of its own', () => {
  const pairs = [{ own: turn({ gateway: 100, writer: 6 }), other: turn({ gateway: 100, writer: 3 }) }];
  const [comparison] = compare([{ name: 'on', against: 'off', runs: [{ pairs }] }]);
  assert.deepEqual(Object.keys(comparison!.byProcess), ['gateway']);
});

test('what was not measured in turns with anything is not compared', () => {
  assert.deepEqual(compare([{ name: 'on', runs: [turn({ gateway: 1 })] }]), []);
  assert.deepEqual(compare([{ name: 'on', against: 'off', runs: [] }]), []);
});
