import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startEngines } from '@tributary/engines';
import type { EventLog } from '@tributary/event-log';
import { partitionOf } from '@tributary/event-log/partitioner';
import { newProductId } from '@tributary/product';
import { productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { Admin } from 'kafkajs';
import { createKafkaClient } from '../../packages/event-log/src/kafka/client.ts';
import type { GraphqlError } from './client.ts';
import { allAsks, allChanges, allChangesAtLength, changesOf } from './live/asks.ts';
import { allTold, evidenceOnKafka, withKafka } from './live/evidence.ts';
import { type Follower, follow } from './live/follower.ts';
import { freezeAt } from './live/frozen.ts';
import { metricOf, startLoneGateway } from './live/gateways.ts';
import { startInventory } from './live/inventory.ts';
import { type NewChange, publishChanges } from './live/publishing.ts';
import { followStream } from './live/sse.ts';

// A broker of its own, whose records it deletes. The events are the test's own: no more is needed of the rest of the system.
const engines = await startEngines(['kafka'], { report() {} });
after(() => engines.stop());
const brokers = engines.addresses.kafkaBrokers;
const inventory = await startInventory();
after(() => inventory.stop());
const gateways = await Promise.all(
  ['gateway-0', 'gateway-1'].map((name) =>
    startLoneGateway(name, brokers, { ...inventory.env, MAX_SOCKETS_PER_ADDRESS: '0', DRAIN_MS: '3000' }),
  ),
);
after(() => Promise.all(gateways.map((one) => one.kill('SIGKILL'))));
const [first, second] = gateways as [(typeof gateways)[0], (typeof gateways)[0]];
await Promise.all(gateways.map((one) => one.ready()));
const urls = [first.url, second.url];
const evidence = evidenceOnKafka(brokers);

const publish = (changes: readonly NewChange[]) => withKafka(brokers, (log) => publishChanges(log, changes));

async function asAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafkaClient({ brokers, clientId: 'e2e', logger: silentLogger() }).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Changes of products one after another, as often as it is asked. */
function changing(productIds: readonly string[]): (count: number) => NewChange[] {
  const versions = new Map<string, number>();
  let turn = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const productId = productIds[turn++ % productIds.length]!;
      const version = (versions.get(productId) ?? 0) + 1;
      versions.set(productId, version);
      return { kind: version === 1 ? 'created' : 'updated', productId, version };
    });
}

const products = (count: number) => Array.from({ length: count }, newProductId);

test('who resumes on a gateway that has forgotten the event is not told its repeat', async (t) => {
  // All in one partition, so that the rest has nothing to do.
  const [busy, repeated] = productsOfOnePartition();
  const more = changing([busy]);
  const original = changing([repeated])(3);
  const followers: Follower[] = [await follow({ urls: [first.url], ask: allChanges })];
  t.after(() => Promise.all(followers.map((one) => one.stop())));

  await publish([...original, ...more(1_500), ...original, ...more(3_000)]);
  const { told } = followers[0]!;
  await until('all is told', () => told.length === 4_503, 30_000);
  const { repeats } = await allTold({ followers, evidence });
  assert.equal(repeats.length, 3);

  // Its memory begins between the original and the repeat.
  await second.stop();
  await second.restart();
  await second.ready();
  const resume = async (at: number) => {
    const resumed = await follow({ urls: [second.url], ask: allChanges, after: told[at]!.cursor });
    followers.push(resumed);
    return resumed;
  };
  // By itself, since whoever shares its reading of the log may bring the original along.
  const alone = await resume(2);
  await until('it is told the rest', () => alone.told.length >= 4_500, 30_000);
  for (const at of [0, 1, 100, 1_502, 1_510, 4_000]) await resume(at);
  followers.push(await follow({ urls: [second.url], ask: changesOf([repeated]), after: told[0]!.cursor }));
  await publish([{ kind: 'deleted', productId: repeated, version: 4 }]);
  await allTold({ followers, evidence });
  assert((await metricOf(second, 'tributary_gateway_subscriptions_opened_total', { from: 'log' })) >= 6);
  assert((await metricOf(second, 'tributary_gateway_subscription_replayed_records_total')) > 2_000);
});

function productsOfOnePartition(): [string, string] {
  const busy = newProductId();
  const inPartition = (id: string) => partitionOf(id, productEvents.partitions);
  for (;;) {
    const other = newProductId();
    if (inPartition(other) === inPartition(busy)) return [busy, other];
  }
}

test('server-sent events go on from Last-Event-ID on another gateway', async (t) => {
  const ids = products(8);
  const change = changing(ids);
  const asks = allAsks(ids);
  const followers = await Promise.all(
    asks.flatMap((ask) => [followStream({ urls, ask }), followStream({ urls: urls.toReversed(), ask })]),
  );
  t.after(() => Promise.all(followers.map((one) => one.stop())));
  for (let round = 1; round <= 3; round += 1) {
    await publish(change(20));
    for (const one of followers) one.cut();
    await publish(change(20));
    await until('all have come again', () => followers.every((one) => one.connections() > round));
  }
  await publish(ids.map((productId) => ({ kind: 'deleted', productId, version: 1_000 })));
  await allTold({ followers, evidence });
  for (const { ask, told } of followers) assert(told.length > 0, ask.query);
});

test('one frozen client among 1,000 is told that it is too slow, and the others are told everything', async (t) => {
  const ids = products(8);
  const change = changing(ids);
  const asks = allAsks(ids);
  const followers: Follower[] = [];
  t.after(() => Promise.all(followers.map((one) => one.stop())));
  while (followers.length < 1_000)
    followers.push(
      ...(await Promise.all(Array.from({ length: 100 }, (_, n) => follow({ urls, ask: asks[n % asks.length]! })))),
    );
  const frozen = await freezeAt(first.url, allChangesAtLength(50));
  t.after(() => frozen.close());

  const isToldOff = async () =>
    (await metricOf(first, 'tributary_gateway_subscriptions_ended_total', { reason: 'slow' })) === 1;
  await until(
    'it is told off',
    async () => {
      await publish(change(8).map((one) => ({ ...one, description: 'long '.repeat(4_000) })));
      return isToldOff();
    },
    60_000,
  );
  await publish(change(16));
  await allTold({ followers, evidence, deadlineMs: 60_000 });
  for (const { endings } of followers) assert.deepEqual(endings, [], 'nobody else was cut off');

  const { told, errors } = await frozen.thaw();
  assert.deepEqual(
    errors.map(({ extensions }) => [extensions?.code, extensions?.cursor]),
    [['SLOW_CONSUMER', told.at(-1)!.cursor]],
  );
  const rest = await follow({ urls: [second.url], ask: frozen.ask, after: told.at(-1)!.cursor });
  followers.push(rest);
  await until('the rest is told', async () => {
    const { changes, read } = await evidence();
    const wanted = changes.filter(({ partition, offset }) => offset >= read(frozen.start)![partition]!);
    return told.length + rest.told.length >= wanted.length;
  });
  const both = { ask: frozen.ask, start: frozen.start, told: [...told, ...rest.told], failures: rest.failures };
  await allTold({ followers: [both], evidence });
});

test('a cursor that is forged or too old is refused as such, and the client goes on from now', async (t) => {
  const ids = products(8);
  const change = changing(ids);
  const witness = await follow({ urls: [first.url], ask: allChanges });
  t.after(() => witness.stop());
  await publish(change(40));
  await allTold({ followers: [witness], evidence });
  const cursors = witness.told.map(({ cursor }) => cursor);

  const refusal = async (after: string) => {
    const refused = await follow({ urls: [second.url], ask: allChanges, after });
    await until('it is refused', () => refused.failures.length > 0).finally(() => refused.stop());
    assert.deepEqual(refused.told, []);
    return (JSON.parse(refused.failures[0]!) as GraphqlError[]).map(({ extensions }) => extensions?.code);
  };
  const forged = (cursor: string) => cursor.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'));
  for (const cursor of [forged(cursors[0]!), `${cursors[0]}A`, 'x', ''])
    assert.deepEqual(await refusal(cursor), ['CURSOR_INVALID'], cursor);

  // As retention would, but at once.
  await asAdmin(async (admin) => {
    const topic = productEvents.name;
    const partitions = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions });
  });
  await second.stop();
  await second.restart();
  await second.ready();
  for (const cursor of [witness.start, cursors[0]!, cursors[20]!])
    assert.deepEqual(await refusal(cursor), ['CURSOR_EXPIRED']);

  const followers = [
    await follow({ urls: [second.url], ask: allChanges }),
    // Nothing behind it is lost.
    await follow({ urls: [second.url], ask: allChanges, after: witness.cursor() }),
  ];
  t.after(() => Promise.all(followers.map((one) => one.stop())));
  await publish(change(20));
  await allTold({ followers, evidence });
  for (const { told } of followers) assert.equal(told.length, 20);
});

test('a gateway that stops sends its subscribers elsewhere, a few at a time, and leaves nothing in Kafka', async (t) => {
  const ids = products(8);
  const change = changing(ids);
  const moves: string[] = [];
  const asks = allAsks(ids);
  const sockets = await Promise.all(
    Array.from({ length: 80 }, (_, n) =>
      follow({
        urls: n % 2 ? urls : urls.toReversed(),
        ask: asks[Math.floor(n / 2) % asks.length]!,
        onChange: (what, url) => moves.push(`${what} ${url === first.url ? 'first' : 'second'}`),
      }),
    ),
  );
  const streams = await Promise.all(
    asks.flatMap((ask) => [followStream({ urls, ask }), followStream({ urls: urls.toReversed(), ask })]),
  );
  const followers = [...sockets, ...streams];
  t.after(() => Promise.all(followers.map((one) => one.stop())));

  const stopping = new AbortController();
  const { signal } = stopping;
  const load = withKafka(brokers, async (log: EventLog) => {
    while (!signal.aborted) {
      await publishChanges(log, change(4));
      await delay(20, undefined, { signal }).catch(() => {});
    }
  });
  const exitCode = await first.stop();
  stopping.abort();
  await load;
  assert.equal(exitCode, 0, first.output());
  await publish(ids.map((productId) => ({ kind: 'deleted', productId, version: 100_000 })));
  await allTold({ followers, evidence });
  assert(sockets.every((one) => one.connectedTo() === second.url));
  const codes = sockets.flatMap(({ endings }) => endings.map(({ code }) => code));
  assert.deepEqual(codes, new Array(40).fill(1012));
  const comingAgain = moves.indexOf('connected second', moves.indexOf('ended first'));
  assert(comingAgain < moves.lastIndexOf('ended first'), 'some are back before the last are sent away');

  await Promise.all(followers.map((one) => one.stop()));
  assert.equal(await second.stop(), 0);
  const { groups } = await asAdmin((admin) => admin.listGroups());
  assert.deepEqual(
    groups.filter(({ groupId }) => groupId.startsWith('tail-')),
    [],
  );
});
