import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './comparison.ts';

const run = (usage: Record<string, number>) => ({
  usage: Object.fromEntries(Object.entries(usage).map(([name, cpuUs]) => [name, { cpuUs, rssBytes: 1 }])),
});

test('a case is held against another round by round, so that the drift of the machine is in none of the changes', () => {
  const off = { name: 'off', runs: [100, 200, 400].map((gateway) => run({ gateway, writer: 100 })) };
  const on = {
    name: 'on',
    comparedWith: ['off'],
    runs: [110, 250, 400].map((gateway) => run({ gateway, writer: 100 })),
  };
  const [comparison, ...others] = compare([on, off]);
  assert.deepEqual(others, []);
  assert.equal(comparison?.name, 'on');
  assert.equal(comparison?.with, 'off');
  const rounded = ({ median, least, greatest }: { median: number; least: number; greatest: number }) =>
    [median, least, greatest].map(Math.round);
  assert.deepEqual(rounded(comparison.byProcess.gateway!), [10, 0, 25]);
  assert.deepEqual(rounded(comparison.byProcess.writer!), [0, 0, 0]);
  assert.deepEqual(rounded(comparison.all), [5, 0, 17]);
});

test('a process that an operation hardly uses has no change of its own', () => {
  const off = { name: 'off', runs: [run({ gateway: 100, writer: 3 })] };
  const on = { name: 'on', comparedWith: ['off'], runs: [run({ gateway: 100, writer: 6 })] };
  assert.deepEqual(Object.keys(compare([off, on])[0]?.byProcess ?? {}), ['gateway']);
});

test('what did not run is not compared with', () => {
  assert.deepEqual(compare([{ name: 'on', comparedWith: ['off'], runs: [run({ gateway: 1 })] }]), []);
});
