import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaMessage } from 'kafkajs';
import { recordOf } from './records.ts';

/** A message as the library hands it out; a foreign producer may leave almost everything out. */
function message(fields: Partial<Record<keyof KafkaMessage, unknown>>): KafkaMessage {
  const usual = { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: '7', attributes: 0, offset: '3' };
  return { ...usual, ...fields } as KafkaMessage;
}

test('a header that came without a value is left out, and one that came twice keeps its last value', () => {
  const headers = { none: null, twice: [Buffer.from('a'), Buffer.from('b')], last: [Buffer.from('a'), null], one: 'x' };
  assert.deepEqual(recordOf('topic', 0, message({ headers })).headers, { twice: 'b', one: 'x' });
});

test('a record without key, value and headers is a record', () => {
  const record = recordOf('topic', 2, message({ key: null, value: null, headers: undefined }));
  assert.deepEqual(record, {
    ...{ topic: 'topic', partition: 2, offset: 3n, timestampMs: 7 },
    ...{ key: null, value: Buffer.alloc(0), headers: {} },
  });
});
