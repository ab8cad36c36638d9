import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, readOptions } from './options.ts';

test('options have sane defaults', () => {
  assert.deepEqual(readOptions([]), {
    seed: null,
    minutes: 5,
    commands: 0,
    stack: 'engines',
    brokers: 1,
    clients: 8,
    restMs: 150,
    out: null,
    keep: false,
    json: false,
  });
  const given = readOptions([
    ...['--seed', '42', '--minutes', '0.5', '--commands', '20000', '--brokers', '3', '--clients', '16', '--rest', '20'],
    ...['--out', 'here', '--keep', '--json'],
  ]);
  assert.deepEqual(given, {
    seed: 42,
    minutes: 0.5,
    commands: 20_000,
    stack: 'engines',
    brokers: 3,
    clients: 16,
    restMs: 20,
    out: 'here',
    keep: true,
    json: true,
  });
});

test('what is wrong is told', () => {
  for (const [args, words] of [
    [['--stack', 'x'], /engines and embedded/],
    [['--brokers', '2'], /--brokers 2/],
    [['--stack', 'embedded', '--brokers', '3'], /no Kafka/],
    [['--seed', '-1'], /--seed/],
    [['--minutes', '0'], /--minutes 0/],
    [['--commands', '1.5'], /--commands 1.5/],
    [['--clients', '0'], /--clients 0/],
    [['--colour'], /--colour/],
  ] as const)
    assert.throws(() => readOptions(args), words);
});

test('--help tells every option', () => {
  assert.equal(readOptions(['--help']), null);
  for (const option of ['seed', 'minutes', 'commands', 'stack', 'brokers', 'clients', 'rest', 'out', 'keep', 'json'])
    assert(HELP.includes(`--${option} `), option);
});
