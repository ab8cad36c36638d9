import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { v7 } from 'uuid';
import { productEvent, publish } from '../../testing/events.ts';
import { createProductFeed } from './feed.ts';

async function feedOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-feed-'));
  const logger = silentLogger();
  const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
  await log.ensureTopics([productEvents]);
  const feed = createProductFeed({ log, logger, signal: new AbortController().signal });
  t.after(async () => {
    await feed.stop();
    await log.close();
    await rm(folder, { recursive: true });
  });
  await feed.ready;
  return { feed, log };
}

test('the first outcome of a command stands, and is told once', async (t) => {
  const { feed, log } = await feedOf(t);
  const commandId = v7();
  const told: string[] = [];
  feed.onOutcome(commandId, ({ state }) => told.push(state));
  const last = Promise.withResolvers<void>();
  feed.onChange(({ version }) => version === 9 && last.resolve());
  const rejection = { rejection: { code: 1, message: 'there is no such product' } };
  await publish(
    log,
    productEvent('created', 1, { commandId }),
    productEvent('rejected', 1, { commandId, value: rejection }),
    productEvent('created', 1, { commandId }),
    productEvent('updated', 9),
  );
  await last.promise;
  assert.deepEqual(told, ['COMMITTED']);
  assert.equal(feed.recentOutcome(commandId)?.state, 'COMMITTED');
});

test('an event whose body a newer version wrote is no outcome and no change', async (t) => {
  const { feed, log } = await feedOf(t);
  const event: ProductEvent = { ...productEvent('created', 1), body: undefined };
  const told: unknown[] = [];
  const last = Promise.withResolvers<void>();
  feed.onOutcome(event.commandId, (outcome) => told.push(outcome));
  feed.onChange((change) => {
    told.push(change.version);
    last.resolve();
  });
  await publish(log, event, productEvent('created', 2));
  await last.promise;
  assert.deepEqual(told, [2]);
  assert.equal(feed.recentOutcome(event.commandId), undefined);
});

test('whoever stopped listening is not told', async (t) => {
  const { feed, log } = await feedOf(t);
  const commandId = v7();
  const told: string[] = [];
  feed.onOutcome(commandId, () => told.push('stopped'))();
  feed.onChange(() => told.push('stopped'))();
  const last = Promise.withResolvers<void>();
  feed.onOutcome(commandId, () => {
    told.push('listening');
    last.resolve();
  });
  await publish(log, productEvent('created', 1, { commandId }));
  await last.promise;
  assert.deepEqual(told, ['listening']);
});
