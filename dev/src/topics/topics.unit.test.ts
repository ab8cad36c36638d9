import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTopicsConfig } from './config.ts';
import { durationText } from './table.ts';

test('durations show in their largest whole unit', () => {
  assert.equal(durationText(259_200_000), '3 days');
  assert.equal(durationText(129_600_000), '36 h');
  assert.equal(durationText(90_000), '90000 ms');
});

test('arguments that are not known are refused', () => {
  assert.equal(readTopicsConfig(['--help'], {}), null);
  assert.throws(() => readTopicsConfig(['--force'], {}), { code: /^ERR_PARSE_ARGS/ });
  assert.throws(() => readTopicsConfig(['products.events.v1'], {}), { code: /^ERR_PARSE_ARGS/ });
  assert.deepEqual(readTopicsConfig([], { KAFKA_BROKERS: 'a:1,b:2' })?.KAFKA_BROKERS, ['a:1', 'b:2']);
});
