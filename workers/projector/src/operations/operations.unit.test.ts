import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deadLetterHeaders } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import type { DeadLetterView } from '@tributary/event-log/operations';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents, productEventsDeadLetters, topics } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { productTopics } from '../topics.ts';
import { eventDeadLetters } from './product/dead-letters.ts';
import { type ProjectionStatus, projectionStatus } from './projection.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-projector-operations-'));
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger() });
await log.ensureTopics(topics);
after(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

let positions: ReadonlyMap<number, bigint> | null = null;
const operations = [
  projectionStatus({ log, positions: { positions: async () => positions }, topics: productTopics }),
  ...eventDeadLetters({ log, topics: productTopics }),
];
const context = { signal: new AbortController().signal, progress: () => {} };

function run<Result>(name: string, input: object = {}): Promise<Result> {
  const found = operations.find((one) => one.name === name);
  assert(found, name);
  return found.run(input, context) as Promise<Result>;
}

const event: ProductEvent = {
  ...{ eventId: 'e1', commandId: 'c1', productId: 'p1', version: 3n, occurredAtMs: 5n, caller: 'ann' },
  body: { $case: 'deleted', value: {} },
};
const value = ProductEvent.encode(event).finish();

async function die(bytes: Uint8Array, offset: string): Promise<void> {
  const headers = { ce_id: 'e1', [deadLetterHeaders.reason]: 'broken', [deadLetterHeaders.offset]: offset };
  await log.publish(productEventsDeadLetters.name, [{ key: 'p1', value: bytes, headers }], { deadlineMs: 1_000 });
}

test('the lag of what readers see is told, and that there is nothing to see', async () => {
  await log.publish(productEvents.name, [{ key: 'p1', value, headers: {} }], { deadlineMs: 1_000 });
  const unbuilt = await run<ProjectionStatus>('projection.status');
  assert.deepEqual([unbuilt.built, unbuilt.events.lag], [false, 1]);
  positions = new Map([...(await log.offsets(productEvents.name))].map(([partition, { end }]) => [partition, end]));
  const status = await run<ProjectionStatus>('projection.status');
  assert.deepEqual([status.built, status.events.lag], [true, 0]);
});

test('a dead event is shown and replayed as it was; what is no event can only be dropped', async () => {
  await die(value, '1');
  await die(Buffer.from('garbage'), '2');
  const { deadLetters } = await run<{ deadLetters: DeadLetterView[] }>('events.dead-letters.list');
  const [dead, garbage] = deadLetters.map(({ id }) => ({ id }));
  assert(dead && garbage);
  const shown = await run<{ content: { version: string } }>('events.dead-letters.show', dead);
  assert.equal(shown.content.version, '3');

  const published: { key: string | null; value: Buffer; headers: unknown }[] = [];
  const tail = await log.tail({
    topic: productEvents.name,
    from: 'end',
    onRecords: (records) => void published.push(...records),
  });
  assert.equal((await run<DeadLetterView>('events.dead-letters.replay', dead)).state, 'replayed');
  await until('the replay is there', () => published.length > 0);
  await tail.stop();
  assert.deepEqual(
    published.map((one) => [one.key, Buffer.compare(one.value, value), { ...(one.headers as object) }]),
    [['p1', 0, { ce_id: 'e1' }]],
  );

  await assert.rejects(run('events.dead-letters.replay', garbage), { code: 'DEAD_LETTER_UNREADABLE' });
  assert.equal((await run<DeadLetterView>('events.dead-letters.drop', garbage)).state, 'dropped');
});
