import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partitioner.ts';

test('a key goes where the partitioner of Kafka clients sends it', () => {
  const theirs = Partitioners.DefaultPartitioner();
  const metadata = (partitions: number) =>
    Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      leader: 0,
      partitionErrorCode: 0,
      replicas: [],
      isr: [],
    }));
  const keys = ['', 'a', 'ab', 'abc', 'abcd', '🫖', 'ÿ', ...Array.from({ length: 2_000 }, () => randomUUID())];
  for (const partitions of [1, 3, 6, 100]) {
    const partitionMetadata = metadata(partitions);
    for (const [index, text] of keys.entries()) {
      const key = text.slice(0, Math.max(index % 37, text.length === 36 ? 1 : text.length));
      const expected = theirs({ topic: 't', partitionMetadata, message: { key, value: null } });
      assert.equal(partitionOf(key, partitions), expected, key);
    }
  }
});
