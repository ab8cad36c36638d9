import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventLog, LogRecord, OutgoingRecord } from '../event-log.ts';
import { deadLetter } from './dead-letter.ts';

const record: LogRecord = {
  ...{ topic: 'origin', partition: 4, offset: 12n, timestampMs: Date.UTC(2026, 0, 2), key: 'key' },
  value: Buffer.from([0, 255]),
  headers: { traceparent: '00-a', tracestate: 'b=c', ce_type: 'event' },
};

async function letterFor(error: unknown, changes: Partial<LogRecord> = {}): Promise<OutgoingRecord> {
  const published: OutgoingRecord[] = [];
  const log = { publish: async (_: string, records: OutgoingRecord[]) => published.push(...records) };
  await deadLetter(log as unknown as EventLog, 'dlq', { ...record, ...changes }, error);
  assert.equal(published.length, 1);
  return published[0] as OutgoingRecord;
}

const failure = Object.assign(new TypeError('no\nprice: 12,50 €'), { code: 'BAD_PRICE' });

for (const [header, expected] of [
  ['dead-letter-reason', /^no price: 12,50 +$/],
  ['dead-letter-code', /^BAD_PRICE$/],
  ['dead-letter-stack-digest', /^[0-9a-f]{16}$/],
  ['dead-letter-topic', /^origin$/],
  ['dead-letter-partition', /^4$/],
  ['dead-letter-offset', /^12$/],
  ['dead-letter-timestamp', /^2026-01-02T00:00:00\.000Z$/],
  ['dead-letter-time', /^20\d\d-.*Z$/],
  ['traceparent', /^00-a$/],
  ['tracestate', /^b=c$/],
  ['ce_type', /^event$/],
] as const)
  test(`a dead letter has the header ${header}`, async () => {
    const { key, value, headers } = await letterFor(failure);
    assert.match(headers[header] ?? 'absent', expected);
    assert.deepEqual([key, [...value]], ['key', [0, 255]], 'and the bytes of the record');
  });

test('an error without a code is named, and one that is no error is told', async () => {
  assert.equal((await letterFor(new RangeError('x'))).headers['dead-letter-code'], 'RangeError');
  assert.equal((await letterFor('a text')).headers['dead-letter-reason'], 'a text');
});

test('what a foreign producer wrote under our names is not kept', async () => {
  const headers = { 'dead-letter-cut-from-bytes': '7', 'tributary-resolution': 'dropped', own: 'x' };
  const letter = await letterFor(failure, { headers });
  assert.equal(letter.headers['dead-letter-cut-from-bytes'], undefined);
  assert.equal(letter.headers['tributary-resolution'], undefined);
  assert.equal(letter.headers.own, 'x');
});

test('a record that is cut keeps its trace', async () => {
  const letter = await letterFor(failure, { value: Buffer.alloc(1_000_000) });
  assert.equal(letter.headers['dead-letter-cut-from-bytes'], '1000000');
  assert.deepEqual([letter.headers.traceparent, letter.headers.tracestate], ['00-a', 'b=c']);
});

function readPrice(text: string): never {
  throw new TypeError(`no price: ${text}`);
}

function readName(text: string): never {
  throw new TypeError(`no name: ${text}`);
}

function errorOf(run: () => never): Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}

test('failures of one cause have one stack digest, whatever they say; those of another have another', async () => {
  const digestOf = async (error: Error) => (await letterFor(error)).headers['dead-letter-stack-digest'];
  const read = [() => readPrice('a'), () => readPrice('b'), () => readName('a')];
  const [first, second, other] = await Promise.all(read.map(errorOf).map(digestOf));
  assert.equal(first, second);
  assert.notEqual(first, other);
});

test('a stack digest does not depend on how far the batch was split, nor on folders and lines', async () => {
  const stacks = [
    ['at readPrice (/a/product.ts:1:2)', 'at apply (/a/handler.ts:3:4)'],
    ['at readPrice (/b/c/product.ts:7:1)', 'at apply (file:///b/c/handler.ts:8:4)', 'at node:internal/x:1:1'],
    ['at readPrice (C:\\d\\product.ts:7:1)', 'at apply (C:\\d\\handler.ts:8:4)'],
  ];
  const split = 'at async applySplitting (/x/packages/event-log/src/consumer/consumer.ts:60:7)';
  const digests = await Promise.all(
    stacks.map(async (frames, n) => {
      const stack = [
        'TypeError: x',
        ...frames,
        ...Array(n * 2).fill(split),
        ...(n > 0 ? [] : [split, 'at handle (/q.ts:1:1)']),
      ];
      const error = Object.assign(new TypeError('x'), { stack: stack.join('\n    ') });
      return (await letterFor(error)).headers['dead-letter-stack-digest'];
    }),
  );
  assert.equal(new Set(digests).size, 1);
  const elsewhere = Object.assign(new TypeError('x'), { stack: 'TypeError: x\n    at readName (/a/product.ts:1:2)' });
  assert.notEqual((await letterFor(elsewhere)).headers['dead-letter-stack-digest'], digests[0]);
});
