import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resuming } from './index.ts';
import { createRecord, EVENTS } from './testing/feed.ts';

interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
}

/** A client that does nothing by itself, not even complete what is stopped. */
function createStillClient() {
  const sinks: Sink[] = [];
  let stopped = 0;
  const client = {
    subscribe(_request: unknown, sink: Sink) {
      sinks.push(sink);
      return () => {
        stopped += 1;
      };
    },
    iterate(_request: unknown): AsyncIterableIterator<unknown> {
      throw new Error('an iteration is made of a subscription');
    },
  };
  return { client, sinks, stopped: () => stopped };
}

const failed = (code: string) => [{ message: code, extensions: { code } }];

test('what ended with a result is let go', () => {
  const { client, sinks, stopped } = createStillClient();
  const record = createRecord();
  const stop = resuming(client).subscribe({ query: EVENTS }, record);
  sinks[0]?.next({ errors: failed('SLOW_CONSUMER') });
  assert.deepEqual([sinks.length, stopped()], [2, 1]);
  sinks[0]?.next({ data: { event: 1 } });
  sinks[0]?.error(new Error('too late'));
  assert.deepEqual({ events: record.events, failures: record.failures }, { events: [], failures: [] });
  stop();
  assert.equal(stopped(), 2);
});

test('what is stopped while it waits asks for nothing more', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { client, sinks } = createStillClient();
  const waiting = resuming(client, { delayMs: () => 1_000 });
  const stop = waiting.subscribe({ query: EVENTS }, createRecord());
  sinks[0]?.error(failed('UNAVAILABLE'));
  t.mock.timers.tick(1_000);
  assert.equal(sinks.length, 2);
  sinks[1]?.error(failed('UNAVAILABLE'));
  stop();
  t.mock.timers.tick(10_000);
  assert.equal(sinks.length, 2);
});

test('the waits grow, and are never the same for all', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(Math, 'random', () => 0.5);
  const { client, sinks } = createStillClient();
  resuming(client).subscribe({ query: EVENTS }, createRecord());
  for (const wait of [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    const before = sinks.length;
    sinks.at(-1)?.error(failed('UNAVAILABLE'));
    t.mock.timers.tick(wait - 1);
    assert.equal(sinks.length, before);
    t.mock.timers.tick(1);
    assert.equal(sinks.length, before + 1);
  }
});

test('an iteration is left at once, whatever its client does', async () => {
  const { client, sinks } = createStillClient();
  const iteration = resuming(client).iterate({ query: EVENTS });
  const next = iteration.next();
  assert.deepEqual(await iteration.return?.(), { done: true, value: undefined });
  assert.deepEqual(await next, { done: true, value: undefined });
  sinks[0]?.next({ data: { event: 1 } });
  assert.deepEqual(await iteration.next(), { done: true, value: undefined });
});

test('an iteration throws what it is told to', async () => {
  const { client, stopped } = createStillClient();
  const iteration = resuming(client).iterate({ query: EVENTS });
  await assert.rejects(async () => await iteration.throw?.(new Error('enough')), /enough/);
  assert.equal(stopped(), 1);
});
