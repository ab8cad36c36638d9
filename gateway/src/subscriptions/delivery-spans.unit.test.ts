import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { productEvent, publish } from '../testing/events.ts';
import { testLive, told } from '../testing/live.ts';

const STOCK = 'subscription { productUpdated { product { stock } } }';

test('events that are executed ahead have a span each, which end with their deliveries', async (t) => {
  const { log, subscribe } = await testLive(t);
  const outlet = subscribe(STOCK);
  const recording = recordSpans(t);
  await publish(log, ...[4, 5, 6].map((version) => productEvent('updated', version)));
  await told(outlet, 3);
  const deliveries = recording.spans.filter(({ name }) => name === 'deliver productUpdated');
  assert.equal(deliveries.length, 3);
  await until('every span has ended', () => deliveries.every(({ isEnded }) => isEnded));
  assert.deepEqual(
    deliveries.map(({ attributes }) => attributes['tributary.subscribers']),
    [1, 1, 1],
  );
});

test('a delivery whose last subscriber leaves meanwhile ends', async (t) => {
  const asked = Promise.withResolvers<number>();
  const { log, subscribe, asked: questions } = await testLive(t, { stock: () => asked.promise });
  const outlet = subscribe(STOCK);
  const recording = recordSpans(t);
  await publish(log, productEvent('updated', 4), productEvent('updated', 5));
  await until('the subgraph has been asked', () => questions.length === 2);
  outlet.stop();
  const deliveries = recording.spans.filter(({ name }) => name.startsWith('deliver'));
  assert.equal(deliveries.length, 2);
  await until('every span has ended', () => deliveries.every(({ isEnded }) => isEnded));
  asked.resolve(7);
});

test('what is read again for one who resumes is no delivery of its event', async (t) => {
  const { log, subscribe } = await testLive(t);
  const first = subscribe(STOCK);
  await publish(log, productEvent('updated', 4), productEvent('updated', 5));
  await told(first, 2);
  const recording = recordSpans(t);
  await told(subscribe(STOCK, { after: first.results[0]!.extensions.cursor }), 1);
  assert.equal(recording.spans.length, 0);
});
