import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { readinessOf, type TraceContext, traceHeaders, traceIdOf } from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { changed, present } from './testing/events.ts';
import { EVENTS, givenStores } from './testing/given-projector.ts';

const traceNumber = (n: number, flags: '00' | '01'): TraceContext => ({
  traceparent: `00-${String(n).padStart(32, '0')}-b7ad6b7169203331-${flags}`,
});

test('events are projected in their own traces, a batch in one that links to them and in which the stores are written', async (t) => {
  const recording = recordSpans(t, { samples: false });
  const stores = await givenStores();
  t.after(() => stores.stop());
  const projector = stores.project();
  await until('it is ready', async () => (await readinessOf(projector.checks)).ready);
  const active = new Set<string | undefined>();
  const { put } = stores.cache;
  stores.cache.put = async (states) => {
    active.add(recording.active()?.name);
    return put(states);
  };
  const [first, other] = [changed(present()), changed(present({ version: 4n }))];
  const recordOf = (event: ProductEvent, trace: TraceContext) => ({
    key: event.productId,
    value: ProductEvent.encode(event).finish(),
    headers: traceHeaders(trace),
  });
  const records = [recordOf(first, traceNumber(1, '01')), recordOf(other, traceNumber(2, '00'))];
  await stores.log.publish(EVENTS, records.slice(0, 1), { deadlineMs: 1_000 });
  await until('it is projected', async () => (await stores.readModel.outcome(first.commandId)) !== null);
  await until('its position is stored', () => recording.spans.every(({ isEnded }) => isEnded));
  assert.deepEqual([...active], ['project batch']);
  await stores.log.publish(EVENTS, records.slice(1), { deadlineMs: 1_000 });
  await until('the other is projected', async () => (await stores.readModel.outcome(other.commandId)) !== null);
  assert.deepEqual(recording.edges(), [
    `caller → publish ${EVENTS}`,
    `process ${EVENTS} → project batch`,
    `publish ${EVENTS} → process ${EVENTS}`,
  ]);
  const processed = recording.spans.find(({ name }) => name === `process ${EVENTS}`);
  assert.equal(processed && traceIdOf(processed.context), traceIdOf(traceNumber(1, '01')));
  assert.equal(processed?.attributes['tributary.command.id'], first.commandId);
  assert.equal(processed?.attributes['tributary.product.version'], 1);
  const batch = recording.spans.find(({ name }) => name === 'project batch');
  assert.deepEqual(batch?.links, [processed?.context]);
});
