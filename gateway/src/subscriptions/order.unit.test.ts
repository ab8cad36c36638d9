import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EventLog, LogRecord } from '@tributary/event-log';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import { createRandom, type Random } from '@tributary/service/random';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { productEvent, publish } from '../testing/events.ts';
import { supergraphWithInventory } from '../testing/inventory.ts';
import { type TestLive, type TestOutlet, testLive, testLog } from '../testing/live.ts';
import { createCursors, type Positions, randomCursorKey } from './cursor.ts';

/** What a client may be told without being at fault: it comes again with its cursor. */
const PASSING: ReadonlySet<unknown> = new Set(['SLOW_CONSUMER', 'UNAVAILABLE']);
const SDL = supergraphWithInventory();

interface Kind {
  readonly query: string;
  readonly variables: (products: readonly string[]) => Record<string, unknown>;
  wants(event: ProductEvent, products: readonly string[]): boolean;
}

const kinds: readonly Kind[] = [
  {
    query: 'subscription ($after: String) { event: productEvents(after: $after) { productId version } }',
    variables: () => ({}),
    wants: () => true,
  },
  {
    query:
      'subscription ($after: String) { event: productEvents(after: $after) { productId version product { stock } } }',
    variables: () => ({}),
    wants: () => true,
  },
  {
    query: `subscription ($after: String, $ids: [ID!]) {
      event: productEvents(after: $after, productIds: $ids) { productId version product { stock } }
    }`,
    variables: (products) => ({ ids: products.slice(0, 2) }),
    wants: ({ productId }, products) => products.indexOf(productId) < 2,
  },
  {
    query: 'subscription ($after: String) { event: productDeleted(after: $after) { productId version } }',
    variables: () => ({}),
    wants: ({ body }) => body?.$case === 'deleted',
  },
];

/** All records of the topic, as they are. */
async function readTopic(log: EventLog): Promise<readonly LogRecord[]> {
  const ranges = await log.offsets(productEvents.name);
  const records: LogRecord[] = [];
  const tail = await log.tail({
    topic: productEvents.name,
    from: new Map([...ranges].map(([partition, { start }]) => [partition, start])),
    onRecords: (some) => void records.push(...some),
  });
  await tail.ready;
  await tail.stop();
  return records;
}

/** What a client of a kind is to be told from its first position on, per product in order. */
function expectation(records: readonly LogRecord[], from: Positions, kind: Kind, products: readonly string[]) {
  const versions = new Map<string, number>();
  const expected = new Map<string, number[]>();
  for (const { partition, offset, value } of records) {
    const event = ProductEvent.decode(value);
    const { productId } = event;
    const version = Number(event.version);
    if (event.body?.$case === 'rejected' || version <= (versions.get(productId) ?? 0)) continue;
    versions.set(productId, version);
    if (Number(offset) < from[partition]! || !kind.wants(event, products)) continue;
    expected.set(productId, [...(expected.get(productId) ?? []), version]);
  }
  return expected;
}

/** A client that keeps its cursor, and comes again with it, to any replica. */
function createClient(kind: Kind, products: readonly string[], cursor: string, random: Random) {
  const seen = new Map<string, number[]>();
  let after = cursor;
  let outlet: TestOutlet | undefined;

  /** Whether it is there, after it has taken note of how it was ended. */
  function isHere(): boolean {
    const ended = outlet?.ended;
    if (!ended) return outlet !== undefined;
    assert.notEqual(ended, 'complete');
    const [error] = ended as Exclude<typeof ended, 'complete'>;
    assert(PASSING.has(error?.extensions?.code), JSON.stringify(ended));
    // Either is as good: nothing was sent after it.
    if (random.chance(0.5)) after = String(error!.extensions!.cursor);
    outlet = undefined;
    return false;
  }

  return {
    kind,
    from: cursor,
    seen,
    isHere,
    come({ subscribe }: TestLive, isBlocked: boolean) {
      if (isHere()) return;
      outlet = subscribe(kind.query, {
        variables: { ...kind.variables(products), after },
        isBlocked,
        onResult({ data, extensions }) {
          const { productId, version } = data.event;
          seen.set(productId, [...(seen.get(productId) ?? []), version]);
          after = extensions.cursor;
        },
      });
    },
    leave() {
      if (isHere()) outlet?.stop();
      outlet = undefined;
    },
    block: () => outlet?.block(),
    unblock: () => outlet?.unblock(),
  };
}

async function play(t: TestContext, random: Random): Promise<void> {
  const log = await testLog(t);
  const keys = [randomCursorKey()];
  const cursors = createCursors({
    ...{ keys, log: await log.identity(), topic: productEvents.name, partitions: productEvents.partitions },
  });
  async function stock(): Promise<number> {
    for (let turns = random.below(4); turns > 0; turns -= 1) await new Promise(setImmediate);
    return 7;
  }
  const settings = { log, keys, stock, limits: { queueEvents: 24 } };
  const replicas = [
    await testLive(t, { ...settings, ringEvents: 48 }),
    await testLive(t, { ...settings, ringEvents: 1_000 }),
  ];
  const products = Array.from({ length: 6 }, () => v7());
  const versions = new Map(products.map((id) => [id, 0]));
  const lately: ProductEvent[] = [];
  const clients: ReturnType<typeof createClient>[] = [];
  const replica = () => random.pick(replicas);

  function nextRecord(): ProductEvent {
    const productId = random.pick(products);
    const version = versions.get(productId)!;
    const what = random.weighted({ update: 8, delete: 1, repeat: 3, outcome: 2 });
    if (what === 'repeat' && lately.length > 0) return random.pick(lately.slice(-15));
    if (what === 'outcome')
      return productEvent('rejected', version, { productId, value: { rejection: { code: 1, message: 'no' } } });
    versions.set(productId, version + 1);
    const event = productEvent(what === 'delete' ? 'deleted' : 'updated', version + 1, { productId });
    lately.push(event);
    return event;
  }

  let loads = 0;
  const some = () => Array.from({ length: 1 + random.below(12) }, nextRecord);
  const anyone = () => (clients.length > 0 ? random.pick(clients) : undefined);
  const steps = {
    publish: () => publish(log, ...some()),
    publishMeanwhile: () => void publish(log, ...some()),
    newClient() {
      const on = replica();
      const client = createClient(random.pick(kinds), products, on.live.cursor()!, random);
      clients.push(client);
      client.come(on, random.chance(0.2));
    },
    come: () => anyone()?.come(replica(), random.chance(0.2)),
    leave: () => anyone()?.leave(),
    block: () => anyone()?.block(),
    unblock: () => anyone()?.unblock(),
    reload() {
      loads += 1;
      replica().graph.load(`${SDL}\n# ${loads}`);
    },
    turn: () => new Promise<void>(setImmediate),
    pause: () => new Promise<void>((resolve) => setTimeout(resolve, random.below(60))),
  };
  const weights = {
    ...{
      publish: 10,
      publishMeanwhile: 10,
      newClient: 3,
      come: 8,
      leave: 4,
      block: 4,
      unblock: 6,
      reload: 1,
      turn: 10,
    },
    pause: 1,
  };
  for (let step = 0; step < 250; step += 1) await steps[random.weighted(weights)]!();

  // Whoever has been told of this, which all want, has been told of all that came before it in its partition.
  const last = productEvent('deleted', versions.get(products[0]!)! + 1, { productId: products[0]! });
  await publish(log, last);
  const records = await readTopic(log);
  for (const client of clients) {
    const expected = expectation(records, cursors.read(client.from)!, client.kind, products);
    const sizeOf = (events: Map<string, number[]>) => [...events.values()].flat().length;
    await until('the client has been told all', () => {
      client.come(replicas[1]!, false);
      client.unblock();
      return (
        sizeOf(client.seen) >= sizeOf(expected) && client.seen.get(last.productId)?.at(-1) === Number(last.version)
      );
    });
    assert.deepEqual(client.seen, expected);
  }
  for (const { faults } of replicas) assert.deepEqual(faults, []);
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`every client is told each event once and in order, whatever happens (seed ${seed})`, (t) =>
    play(t, createRandom(seed)));
