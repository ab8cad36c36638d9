import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { silentLogger } from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { Registry } from 'prom-client';
import { createCommandBus } from './command-bus.ts';

test('outcomes of many commands in flight reach each its own submission, through a real log', async (t) => {
  const recording = recordSpans(t);
  const folder = await mkdtemp(join(tmpdir(), 'command-bus-'));
  const log = createEmbeddedEventLog({ file: join(folder, 'log.db'), logger: silentLogger() });
  const topic = { partitions: 3, retentionMs: 60_000 };
  await log.ensureTopics([
    { ...topic, name: 'commands' },
    { ...topic, name: 'events' },
  ]);
  await log.tail({
    topic: 'commands',
    from: 'end',
    async onRecords(records) {
      const outcomes = records.map(({ key, value }) => ({ key: key ?? '', value, headers: {} }));
      await log.publish('events', outcomes, { deadlineMs: 1_000 });
    },
  });
  const bus = await createCommandBus<string>({
    log,
    commandsTopic: 'commands',
    eventsTopic: 'events',
    outcomeOf: ({ value }) => ({ commandId: value.toString(), outcome: `outcome of ${value}` }),
    askOutcome: () => Promise.reject(new Error('must not be asked')),
    logger: silentLogger(),
    registry: new Registry(),
  });
  const submitted = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      bus.submit({
        ...{ commandId: `c${n}`, key: `k${n % 17}`, value: Buffer.from(`c${n}`), wait: 'OUTCOME' },
        headers: n === 7 ? { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } : {},
      }),
    ),
  );
  assert.deepEqual(
    submitted,
    submitted.map((_, n) => ({ state: 'KNOWN', outcome: `outcome of c${n}` })),
  );
  assert.deepEqual(recording.edges(), ['caller → publish commands']);
  assert.equal(recording.spans[0]?.attributes['tributary.command.id'], 'c7');
  await bus.stop();
  await log.close();
  await rm(folder, { recursive: true });
});
