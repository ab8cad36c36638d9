import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLogError, type EventLogErrorCode } from '@tributary/event-log';
import { productCommands } from '@tributary/proto/topics.ts';
import { readinessOf } from '@tributary/service';
import { committed, givenSubgraph } from '../given-subgraph.ts';

const CREATE = `mutation { createProduct(input: { name: "a", description: "b", price: 1 }) {
  command { id state } productId version product { id }
} }`;

/** A subgraph whose commands topic fails in a way. */
function givenFailing(error: Error) {
  return givenSubgraph({
    wrapLog: (log) => ({
      ...log,
      publish: (topic, records, options) =>
        topic === productCommands.name ? Promise.reject(error) : log.publish(topic, records, options),
    }),
  });
}
const logError = (code: EventLogErrorCode) => new EventLogError(code, 'broker 10.0.0.7 said no');

test('a command that was not confirmed is told as such, with its id, and never as failed', async () => {
  const { graphql, stop } = await givenFailing(logError('NOT_CONFIRMED'));
  const { status, headers, body } = await graphql(CREATE);
  assert.equal(status, 503);
  assert.equal(headers.get('retry-after'), '1');
  assert.equal(body.data, null);
  const [{ message, extensions }] = body.errors;
  assert.equal(message, 'the command was not confirmed in time; it may still take effect');
  assert.deepEqual(Object.keys(extensions), ['code', 'commandId']);
  assert.equal(extensions.code, 'COMMAND_NOT_CONFIRMED');
  assert.match(extensions.commandId, /^[0-9a-f-]{36}$/);
  await stop();
});

test('while the log is away a command is refused at once', async () => {
  const { graphql, stop } = await givenFailing(logError('UNAVAILABLE'));
  const { status, headers, body } = await graphql(CREATE);
  assert.equal(status, 503);
  assert.equal(headers.get('retry-after'), '1');
  assert.deepEqual(body.errors[0].extensions, { code: 'UNAVAILABLE' });
  assert.doesNotMatch(JSON.stringify(body), /10\.0\.0\.7/);
  await stop();
});

test('too many commands in hand: one more is refused, and nothing was sent', async () => {
  const { graphql, seen, subgraph, stop } = await givenSubgraph({ maxWaiters: 0 });
  const { status, body } = await graphql(CREATE);
  assert.equal(status, 503);
  assert.deepEqual(body.errors[0].extensions, { code: 'UNAVAILABLE' });
  assert.equal(seen.length, 0);
  assert.equal((await readinessOf(subgraph.checks)).ready, true);
  await stop();
});

test('without an outcome in time the answer is PENDING', async () => {
  const { graphql, stop } = await givenSubgraph({ waitMs: 50 });
  const { status, headers, body } = await graphql(CREATE);
  assert.equal(status, 200);
  const { command, productId, version, product } = body.data.createProduct;
  assert.equal(command.state, 'PENDING');
  assert.match(productId, /^[0-9a-f-]{36}$/);
  assert.equal(version, null);
  assert.equal(product, null);
  assert.equal(headers.get('x-version-floor'), null);
  await stop();
});

test('a stop lets a waiting mutation have its outcome, and takes no other', async () => {
  const { graphql, writer, seen, publishOutcome, subgraph, stop } = await givenSubgraph();
  const arrived = Promise.withResolvers<void>();
  writer.answer = () => {
    arrived.resolve();
    return null;
  };
  const waiting = graphql(CREATE);
  await arrived.promise;
  const stopped = subgraph.stop();
  await assert.rejects(graphql(CREATE).then(({ status }) => assert.notEqual(status, 503)));
  const command = seen[0]?.command;
  assert(command);
  await publishOutcome(command, committed('created', 1n));
  const { body, headers } = await waiting;
  assert.equal(body.data.createProduct.command.state, 'COMMITTED');
  assert.equal(headers.get('connection'), 'close');
  await stopped;
  assert.equal(seen.length, 1);
  await stop();
});
