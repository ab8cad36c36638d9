import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { engineAddresses, uniqueName } from '@tributary/engines';
import type { EventLog } from '@tributary/event-log';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { type CommandBus, createCommandBus } from './command-bus.ts';

const commandsTopic = uniqueName('commands');
const eventsTopic = uniqueName('events');
const logger = silentLogger();
const logs: EventLog[] = [];
const buses: CommandBus<string>[] = [];

async function connect(clientId: string): Promise<EventLog> {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId, logger });
  logs.push(log);
  return log;
}

/** One replica: its own connection, its own tail. */
async function startReplica(name: string): Promise<CommandBus<string>> {
  const bus = await createCommandBus<string>({
    log: await connect(name),
    commandsTopic,
    eventsTopic,
    outcomeOf: ({ value }) => ({ commandId: value.toString(), outcome: `outcome of ${value}` }),
    askOutcome: async () => null,
    logger,
    registry: new Registry(),
  });
  buses.push(bus);
  return bus;
}

before(async () => {
  const log = await connect('writer');
  await log.ensureTopics([
    { name: commandsTopic, partitions: 3, retentionMs: 3_600_000 },
    { name: eventsTopic, partitions: 3, retentionMs: 3_600_000 },
  ]);
  const commands = await log.tail({
    topic: commandsTopic,
    from: 'end',
    async onRecords(records) {
      const outcomes = records.map(({ key, value }) => ({ key: key ?? '', value, headers: {} }));
      await log.publish(eventsTopic, outcomes, { deadlineMs: 3_000 });
    },
  });
  await commands.ready;
});
after(async () => {
  await Promise.all(buses.map((bus) => bus.stop()));
  await Promise.all(logs.map((log) => log.close()));
});

test('with two replicas every outcome reaches the one that waits, and both remember it', async () => {
  const [a, b] = [await startReplica('a'), await startReplica('b')];
  await until('both have caught up', () => a.caughtUp() && b.caughtUp());
  const submit = (bus: CommandBus<string>, commandId: string) =>
    bus.submit({ commandId, key: commandId, value: Buffer.from(commandId), headers: {}, wait: 'OUTCOME' });

  const ids = Array.from({ length: 30 }, (_, n) => `c${n}`);
  const submitted = await Promise.all(ids.map((id, n) => submit(n % 2 === 0 ? a : b, id)));
  assert.deepEqual(
    submitted,
    ids.map((id) => ({ state: 'KNOWN', outcome: `outcome of ${id}` })),
  );
  for (const bus of [a, b])
    await until('all outcomes are seen', () => ids.every((id) => bus.outcome(id) === `outcome of ${id}`));
});
