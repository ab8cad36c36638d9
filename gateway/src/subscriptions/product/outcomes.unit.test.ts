import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { v7 } from 'uuid';
import { productEvent } from '../../testing/events.ts';
import { noticeOf } from './event.ts';
import { createOutcomes } from './outcomes.ts';

test('the first outcome of a command stands, and is told once', () => {
  const outcomes = createOutcomes();
  const commandId = v7();
  const told: string[] = [];
  outcomes.onOutcome(commandId, ({ state }) => told.push(state));
  const rejection = { rejection: { code: 1, message: 'there is no such product' } };
  outcomes.take(noticeOf(productEvent('created', 1, { commandId })));
  outcomes.take(noticeOf(productEvent('rejected', 1, { commandId, value: rejection })));
  outcomes.take(noticeOf(productEvent('created', 1, { commandId })));
  assert.deepEqual(told, ['COMMITTED']);
  assert.equal(outcomes.recentOutcome(commandId)?.state, 'COMMITTED');
});

test('an event whose body a newer version wrote is no outcome and no change', () => {
  const outcomes = createOutcomes();
  const event: ProductEvent = { ...productEvent('created', 1), body: undefined };
  const told: unknown[] = [];
  outcomes.onOutcome(event.commandId, (outcome) => told.push(outcome));
  const notice = noticeOf(event);
  outcomes.take(notice);
  assert.equal(notice.event, null);
  assert.deepEqual(told, []);
  assert.equal(outcomes.recentOutcome(event.commandId), undefined);
});

test('whoever stopped listening is not told', () => {
  const outcomes = createOutcomes();
  const commandId = v7();
  const told: string[] = [];
  outcomes.onOutcome(commandId, () => told.push('stopped'))();
  outcomes.onOutcome(commandId, () => told.push('listening'));
  outcomes.take(noticeOf(productEvent('created', 1, { commandId })));
  assert.deepEqual(told, ['listening']);
});
