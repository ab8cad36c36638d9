import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EventLog } from '@tributary/event-log';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { productEvent, publish } from '../../testing/events.ts';
import { testGateway } from '../../testing/gateway.ts';
import { PRODUCT_ID } from '../../testing/products.ts';
import { subscriber } from '../../testing/subscriber.ts';

const OUTCOME = 'subscription ($id: ID!) { commandOutcome(id: $id) { id state version } }';

type Answer = 'PENDING' | 'COMMITTED' | 'error';

/** A log whose tails come no further while it is interrupted, as those do that have to connect again. */
function interruptible(log: EventLog) {
  let back = Promise.withResolvers<void>();
  back.resolve();
  const tail: EventLog['tail'] = (options) =>
    log.tail({
      ...options,
      async onRecords(records) {
        await back.promise;
        await options.onRecords(records);
      },
    });
  return {
    log: { ...log, tail },
    interrupt: () => (back = Promise.withResolvers()),
    comeBack: () => back.resolve(),
  };
}

/** Two replicas of the gateway over one log, each of which may be cut off from it, and what the graph says of a command. */
async function givenReplicas(t: TestContext) {
  const graph = { answer: 'PENDING' as Answer, asked: 0 };
  const queryResolvers = {
    command(_: unknown, { id }: { id: string }) {
      graph.asked += 1;
      if (graph.answer === 'error') throw new Error('the readers are away');
      return graph.answer === 'PENDING'
        ? { id, state: 'PENDING' }
        : { id, state: 'COMMITTED', version: 3, productId: PRODUCT_ID };
    },
  };
  const { log } = await testGateway(t);
  const replicas = await Promise.all(
    [1, 2].map(async () => {
      const line = interruptible(log);
      const { url } = await testGateway(t, { log: line.log, queryResolvers });
      return { ...line, ...subscriber(t, url) };
    }),
  );
  const commandId = v7();
  const decide = () => publish(log, productEvent('updated', 3, { commandId }));
  const open = () => Promise.all(replicas.map(({ subscribe }) => subscribe(OUTCOME, { id: commandId })));
  return { graph, replicas, commandId, decide, open };
}

type Opened = Awaited<ReturnType<ReturnType<typeof subscriber>['subscribe']>>;

async function assertToldOnce(subscriptions: readonly Opened[], commandId: string): Promise<void> {
  for (const subscription of subscriptions) {
    const { results, errors } = await subscription.end();
    assert.equal(errors, undefined);
    assert.deepEqual(results, [{ data: { commandOutcome: { id: commandId, state: 'COMMITTED', version: 3 } } }]);
  }
}

test('every replica tells an outcome that is decided after the subscription', async (t) => {
  const { commandId, decide, open } = await givenReplicas(t);
  const subscriptions = await open();
  await decide();
  await assertToldOnce(subscriptions, commandId);
});

test('every replica tells an outcome that was decided before, also one that had not seen it', async (t) => {
  const { graph, replicas, commandId, decide, open } = await givenReplicas(t);
  const events = await replicas[0]!.subscribe('subscription { productEvents { version } }');
  replicas[1]!.interrupt();
  await decide();
  await events.next();
  graph.answer = 'COMMITTED';
  await assertToldOnce(await open(), commandId);
  assert.equal(graph.asked, 1, 'by the replica that had not seen it');
  replicas[1]!.comeBack();
});

test('an outcome that is decided while the replicas have to connect again is asked for, and told once', async (t) => {
  const { graph, replicas, commandId, decide, open } = await givenReplicas(t);
  for (const { interrupt } of replicas) interrupt();
  const subscriptions = await open();
  await decide();
  await until('both have asked in vain', () => graph.asked >= 4);
  graph.answer = 'COMMITTED';
  await assertToldOnce(subscriptions, commandId);
  for (const { comeBack } of replicas) comeBack();
  await assertToldOnce(await open(), commandId);
});

test('an outcome that cannot be asked for meanwhile is told when the replicas are connected again', async (t) => {
  const { graph, replicas, commandId, decide, open } = await givenReplicas(t);
  graph.answer = 'error';
  for (const { interrupt } of replicas) interrupt();
  const subscriptions = await open();
  await decide();
  await until('both have asked in vain', () => graph.asked >= 4);
  for (const { comeBack } of replicas) comeBack();
  await assertToldOnce(subscriptions, commandId);
});
