import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startEngines } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { startDeployment } from './deployment.ts';
import { allAsks, allChanges } from './live/asks.ts';
import { allTold, evidenceOnKafka } from './live/evidence.ts';
import { type Follower, follow } from './live/follower.ts';
import { holdRemoval, outboxRecords } from './live/held-removal.ts';
import { startInventory } from './live/inventory.ts';
import { change, content, type Load, startLoad } from './live/load.ts';
import type { Replica } from './replica.ts';

// Engines of its own, since it kills them.
const engines = await startEngines(['kafka', 'postgres', 'mongo', 'redis'], { report() {} });
after(() => engines.stop());
const inventory = await startInventory();
after(() => inventory.stop());
const deployment = await startDeployment(2, { engines: engines.addresses, env: inventory.env });
after(() => deployment.discard());

const { gateways } = deployment;
const evidence = evidenceOnKafka(engines.addresses.kafkaBrokers);
const gatewayAt = (n: number) => deployment.services.find(({ name }) => name === `gateway-${n}`) as Replica;
const url = (n: number) => gateways[n] as string;

async function makeProducts(count: number): Promise<string[]> {
  const made = await Promise.all(
    Array.from({ length: count }, (_, n) => change(url(n % 2), 'create', content(`Watched ${n}`))),
  );
  return made.map((one) => one!.productId);
}

/** So many, half of them with the other gateway first. */
function followAll(count: number, watched: readonly string[]): Promise<Follower[]> {
  const asks = allAsks(watched);
  return Promise.all(
    Array.from({ length: count }, (_, n) =>
      follow({
        urls: n % 2 ? [url(1), url(0)] : [url(0), url(1)],
        ask: asks[Math.floor(n / 2) % asks.length]!,
      }),
    ),
  );
}

const untilMade = (load: Load, more: number) => {
  const wanted = load.made.length + more;
  return until(`${more} more changes`, () => load.made.length >= wanted, 60_000);
};

const untilAllAt = (followers: readonly Follower[], gateway: string) =>
  until(
    'all have gone there',
    () => {
      for (const { failures } of followers) assert.deepEqual(failures, []);
      return followers.every((one) => one.connectedTo() === gateway);
    },
    30_000,
  );

test('killed gateways and a killed broker: 200 subscribers miss nothing, and nothing is repeated', async (t) => {
  const watched = await makeProducts(12);
  const followers = await followAll(200, watched);
  t.after(() => Promise.all(followers.map((one) => one.stop())));
  const load = startLoad({ gateways, watched, seed: 1 });
  t.after(() => load.stop());
  await untilMade(load, 60);

  await gatewayAt(0).kill('SIGKILL');
  await untilMade(load, 20);
  await untilAllAt(followers, url(1));
  await gatewayAt(0).restart();
  await gatewayAt(0).ready();
  await untilMade(load, 20);

  // The one that takes them all has never seen them.
  await gatewayAt(1).kill('SIGKILL');
  await untilAllAt(followers, url(0));
  await untilMade(load, 20);
  await gatewayAt(1).restart();
  await gatewayAt(1).ready();
  for (const one of followers.slice(0, 100)) one.cut();
  await untilAllAt(followers.slice(0, 100), url(1));

  await engines.engines.kafka.kill();
  const failures = load.failures();
  await until('it is noticed', () => load.failures() > failures, 30_000);
  await engines.engines.kafka.restart();
  await untilMade(load, 60);
  await load.stop();

  const { changes } = await allTold({ followers, evidence, made: load.made });
  assert(changes.length > 180);
  for (const { ask, told, endings } of followers)
    assert(told.length > 0 && endings.length > 0, `${ask.query}: ${told.length} told, ${endings.length} times cut off`);
  t.diagnostic(
    `${changes.length} changes, ${load.failures()} not made, ${followers.reduce((sum, one) => sum + one.told.length, 0)} told`,
  );
});

test('killed writers repeat events: nothing is told twice to who resumes between an event and its repeat', async (t) => {
  const watched = await makeProducts(6);
  const first = await follow({ urls: gateways, ask: allChanges });
  t.after(() => first.stop());
  const writers = deployment.services.filter(({ service }) => service === 'writer');

  const removal = await holdRemoval(deployment.databaseUrl);
  const changes = watched.map((id, n) => change(url(n % 2), 'update', { id, name: `Changed ${n}`, wait: 'NONE' }));
  await Promise.all(changes);
  await removal.isWaitedFor();
  await until('the log has told of what still stands', () => first.told.length > 0);
  for (const writer of writers) await writer.kill('SIGKILL');
  await removal.release();
  const cursors = [first.start, ...first.told.map(({ cursor }) => cursor)];

  const resumed: Follower[] = [];
  t.after(() => Promise.all(resumed.map((one) => one.stop())));
  const resume = async (gateway: string) => {
    for (const after of cursors) resumed.push(await follow({ urls: [gateway], ask: allChanges, after }));
  };
  // One that has seen the event and will see the repeat; then, when it is there, one that has seen neither.
  await resume(url(1));
  for (const writer of writers) await writer.restart();
  await until('all stands in the log', async () => (await outboxRecords(deployment.databaseUrl)) === 0, 30_000);
  await gatewayAt(0).kill('SIGKILL');
  await gatewayAt(0).restart();
  await gatewayAt(0).ready();
  await resume(url(0));
  for (const writer of writers) await writer.ready();
  const made = await change(url(1), 'create', content('Behind the repeats'));

  const followers = [first, ...resumed];
  const { repeats, changes: all, read } = await allTold({ followers, evidence, made: [made!] });
  const isBetween = (cursor: string) =>
    repeats.some(({ partition, offset, productId, version }) => {
      const original = all.find((one) => one.productId === productId && one.version === version)!;
      const position = read(cursor)![partition]!;
      return original.offset < position && position <= offset;
    });
  assert(cursors.some(isBetween), 'somebody resumed between an event and its repeat');
  t.diagnostic(
    `${repeats.length} repeats, ${cursors.filter(isBetween).length} cursors between them and what they repeat`,
  );
});
