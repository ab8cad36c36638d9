import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../config.ts';
import { telemetryVariables } from './variables.ts';

const read = (env: Record<string, string>) => readConfig(telemetryVariables, env);

test('no traces are recorded unless they are asked for', () => {
  assert.equal(read({}).TRACES_EXPORTER, 'none');
  assert.deepEqual(read({}).TRACES_KEEP, ['errors', 'slow']);
});

test('a ratio is a number from 0 to 1, and what is kept a list of what there is', () => {
  for (const [text, ratio] of [
    ['0', 0],
    ['1', 1],
    ['0.25', 0.25],
    ['.5', 0.5],
  ] as const)
    assert.equal(read({ TRACES_SAMPLE_RATIO: text }).TRACES_SAMPLE_RATIO, ratio);
  for (const text of ['1.5', '-1', '10', 'x', '1e-3'])
    assert.throws(() => read({ TRACES_SAMPLE_RATIO: text }), { code: 'BAD_CONFIG' }, text);
  assert.deepEqual(read({ TRACES_KEEP: 'none' }).TRACES_KEEP, ['none']);
  assert.throws(() => read({ TRACES_KEEP: 'everything' }), { code: 'BAD_CONFIG', message: /errors, slow, or none/ });
});
