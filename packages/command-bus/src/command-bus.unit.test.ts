import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLogError } from '@tributary/event-log';
import { readinessOf, silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { type CommandBusOptions, createCommandBus, type Wait } from './command-bus.ts';
import { CommandBusError } from './errors.ts';
import { createFakeLog } from './fake-log.ts';

async function given(options: Partial<CommandBusOptions<string>> = {}) {
  const log = createFakeLog();
  const registry = new Registry();
  const bus = await createCommandBus<string>({
    log,
    commandsTopic: 'commands',
    eventsTopic: 'events',
    outcomeOf(record) {
      const text = record.value.toString();
      if (text === 'unreadable') throw new Error('unreadable');
      return text === '' ? null : { commandId: record.key ?? '', outcome: text };
    },
    askOutcome: () => Promise.reject(new Error('must not be asked')),
    waitMs: 2_000,
    logger: silentLogger(),
    registry,
    ...options,
  });
  const submit = (commandId: string, wait: Wait = 'OUTCOME') =>
    bus.submit({ commandId, key: 'k', value: Buffer.from(commandId), headers: { h: '1' }, wait });
  return { log, bus, submit, registry };
}

function failsWith(code: string, commandId: string) {
  return (error: unknown) => {
    assert(error instanceof CommandBusError);
    assert.equal(error.code, code);
    assert.equal(error.commandId, commandId);
    return true;
  };
}

test('a submission waits for the outcome of its command and for no other', async () => {
  const { log, submit } = await given();
  log.onPublish = async () => {
    log.show('other', 'committed other');
    log.show('c1', '');
    log.show('c1', 'committed c1');
  };
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'committed c1' });
  assert.deepEqual(log.published, [{ key: 'k', value: Buffer.from('c1'), headers: { h: '1' } }]);
});

test('an outcome that appears before the acknowledgement is not missed', async () => {
  const { log, submit } = await given();
  const acknowledged = Promise.withResolvers<void>();
  log.onPublish = () => {
    log.show('c1', 'fast');
    return acknowledged.promise;
  };
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'fast' });
  acknowledged.resolve();
});

test('an outcome shows that the command was accepted, though the acknowledgement got lost', async () => {
  const { log, submit } = await given();
  log.onPublish = () =>
    new Promise((_, reject) => {
      setImmediate(() => {
        log.show('c1', 'in spite of all');
        setImmediate(reject, new EventLogError('NOT_CONFIRMED', 'late'));
      });
    });
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'in spite of all' });
});

test('whoever asks for no outcome has the acknowledgement only', async () => {
  const { submit } = await given();
  assert.deepEqual(await submit('c1', 'NONE'), { state: 'ACCEPTED' });
});

test('without an outcome in time the answer is PENDING, and the outcome is remembered when it comes', async () => {
  const { log, bus, submit } = await given({ waitMs: 20 });
  assert.deepEqual(await submit('c1'), { state: 'PENDING' });
  assert.equal(bus.outcome('c1'), undefined);
  log.show('c1', 'late');
  assert.equal(bus.outcome('c1'), 'late');
});

test('a publish without acknowledgement is not confirmed: never a failure, and the outcome may still come', async () => {
  const { log, bus, submit } = await given();
  log.onPublish = () => Promise.reject(new EventLogError('NOT_CONFIRMED', 'deadline'));
  await assert.rejects(submit('c1'), failsWith('COMMAND_NOT_CONFIRMED', 'c1'));
  await assert.rejects(submit('c2', 'NONE'), failsWith('COMMAND_NOT_CONFIRMED', 'c2'));
  log.show('c1', 'committed after all');
  assert.equal(bus.outcome('c1'), 'committed after all');
});

test('what the log surely did not take is refused as such; every other failure is not confirmed', async () => {
  const { log, submit } = await given();
  log.onPublish = () => Promise.reject(new EventLogError('UNAVAILABLE', 'away'));
  await assert.rejects(submit('c1'), failsWith('UNAVAILABLE', 'c1'));
  log.onPublish = () => Promise.reject(new EventLogError('TOO_LARGE', 'large'));
  await assert.rejects(submit('c2'), failsWith('TOO_LARGE', 'c2'));
  log.onPublish = () => Promise.reject(new Error('socket hang up'));
  await assert.rejects(submit('c3'), failsWith('COMMAND_NOT_CONFIRMED', 'c3'));
});

test('too many submissions in hand: one more is refused before it is sent', async () => {
  const { log, bus, submit } = await given({ maxWaiters: 1 });
  const first = submit('c1');
  await assert.rejects(submit('c2'), failsWith('OVERLOADED', 'c2'));
  assert.equal(log.published.length, 1);
  log.show('c1', 'done');
  await first;
  const third = submit('c3');
  log.show('c3', 'done');
  assert.deepEqual(await third, { state: 'KNOWN', outcome: 'done' });
  await bus.stop();
});

test('while the events cannot be followed the outcome is asked for, again and again', async () => {
  let asked = 0;
  const { log, bus, submit } = await given({
    async askOutcome(commandId) {
      asked += 1;
      if (asked === 1) throw new Error('away');
      return asked === 2 ? null : `asked ${commandId}`;
    },
  });
  log.caughtUp = false;
  assert.equal(bus.caughtUp(), false);
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'asked c1' });
  assert.equal(asked, 3);
});

test('a command sent before the tail had caught up is asked for even when it has caught up since', async () => {
  const { log, submit } = await given({ askOutcome: async () => 'asked' });
  log.caughtUp = false;
  log.onPublish = async () => {
    log.caughtUp = true;
  };
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'asked' });
});

test('a tail that falls behind while a submission waits makes it ask', async () => {
  const { log, submit } = await given({ askOutcome: async () => 'asked' });
  const submitted = submit('c1');
  await new Promise(setImmediate);
  log.caughtUp = false;
  assert.deepEqual(await submitted, { state: 'KNOWN', outcome: 'asked' });
});

test('the time-out ends a question that is never answered', async () => {
  let abandoned = false;
  const { log, submit } = await given({
    waitMs: 300,
    askOutcome: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          abandoned = true;
          reject(signal.reason);
        });
      }),
  });
  log.caughtUp = false;
  assert.deepEqual(await submit('c1'), { state: 'PENDING' });
  assert.equal(abandoned, true);
});

test('a record that cannot be read hides no other', async () => {
  const lines: object[] = [];
  const logger = Object.assign(silentLogger(), { warn: (line: object) => lines.push(line) });
  const { log, bus, registry } = await given({ logger });
  log.show('bad', 'unreadable', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' });
  log.show('c1', 'fine');
  assert.equal(bus.outcome('c1'), 'fine');
  assert.deepEqual(
    lines.map((line) => 'traceId' in line && line.traceId),
    ['0af7651916cd43dd8448eb211c80319c'],
  );
  assert.match(await registry.metrics(), /unreadable_records_total\{topic="events"\} 1/);
});

test('the first outcome stands, and only the latest are remembered', async () => {
  const { log, bus } = await given({ maxRecentOutcomes: 2 });
  for (const [key, text] of [
    ['c1', 'first'],
    ['c1', 'repeat'],
    ['c2', 'second'],
  ] as const)
    log.show(key, text);
  assert.equal(bus.outcome('c1'), 'first');
  log.show('c3', 'third');
  assert.equal(bus.outcome('c1'), undefined);
  assert.equal(bus.outcome('c3'), 'third');
});

test('a submission whose outcome is known already does not wait', async () => {
  const { log, submit } = await given();
  log.show('c1', 'known before');
  assert.deepEqual(await submit('c1'), { state: 'KNOWN', outcome: 'known before' });
});

test('readiness names what is missing, and the end of the tail is passed on', async () => {
  const { log, bus } = await given();
  assert.equal((await readinessOf(bus.checks)).ready, true);
  log.caughtUp = false;
  log.up = false;
  assert.deepEqual(await readinessOf(bus.checks), {
    ready: false,
    checks: { 'event log': 'the event log does not answer', 'tail of events': 'has not caught up' },
  });
  log.end(new Error('gone'));
  assert.equal((await bus.ended).message, 'gone');
});

test('a stop answers those who wait, claims no acknowledgement that did not come, and refuses what follows', async () => {
  const { log, bus, submit } = await given();
  const waiting = submit('c1');
  await new Promise(setImmediate);
  const acknowledgement = Promise.withResolvers<void>();
  log.onPublish = () => acknowledgement.promise;
  const unconfirmed = submit('c2');
  await bus.stop();
  assert.deepEqual(await waiting, { state: 'PENDING' });
  acknowledgement.reject(new EventLogError('NOT_CONFIRMED', 'closed'));
  await assert.rejects(unconfirmed, failsWith('COMMAND_NOT_CONFIRMED', 'c2'));
  await assert.rejects(submit('c3'), failsWith('UNAVAILABLE', 'c3'));
});

test('two buses of one process share its metrics', async () => {
  const { log, submit, registry } = await given();
  await given({ registry });
  log.onPublish = async () => log.show('c1', 'done');
  await submit('c1');
  assert.match(await registry.metrics(), /tributary_command_bus_commands_total\{topic="commands",result="KNOWN"\} 1/);
});
