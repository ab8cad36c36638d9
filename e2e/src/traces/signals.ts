import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { graphql, rest, subscribe } from '../client.ts';
import type { Deployment } from '../deployment.ts';
import { withKafka } from '../live/evidence.ts';
import { documentedMetrics, documentedValues, isAs } from './documented.ts';
import { type Scraped, scrape } from './scrape.ts';

/** Of these no label is seen: Kafka does not fail here, and no subscriber is silent or old. */
const UNSEEN: readonly string[] = [
  'tributary_gateway_subscription_connections_cut_total',
  'tributary_writer_outbox_relay_failures_total',
];

export function signalScenarios({ gateways: [gateway], services }: Deployment, kafkaBrokers: readonly string[]): void {
  /** Whatever a client chooses has it in it. */
  const word = `w${randomUUID().slice(0, 8)}`;
  let scraped: ReadonlyMap<string, readonly Scraped[]>;
  const families = () =>
    [...scraped].flatMap(([service, metrics]) => metrics.map((metric) => ({ service, ...metric })));

  before(async () => {
    await load(gateway, word);
    await publishUnreadable(kafkaBrokers, word);
    await load(gateway, word);
    const each = services.map(async ({ service, adminUrl }) => [service, await scrape(adminUrl)] as const);
    scraped = new Map(await Promise.all(each));
  });

  test('the metrics that there are are those that are documented: type, services, labels and meaning', () => {
    const found = new Map<string, { type: string; help: string; services: string[]; labels: Set<string> }>();
    for (const { service, name, type, help, series } of families()) {
      const entry = found.get(name) ?? { type, help, services: [], labels: new Set() };
      found.set(name, entry);
      assert.deepEqual([type, help], [entry.type, entry.help], name);
      entry.services.push(service);
      for (const labels of series) for (const label of Object.keys(labels)) entry.labels.add(label);
    }
    const lineOf = (name: string, type: string, those: string[], labels: string[], meaning: string) =>
      [name, type, those.sort().join(', '), labels.sort().join(', '), meaning].join(' | ');
    const names = services.map(({ service }) => service);
    assert.deepEqual(
      [...found]
        .map(([name, { type, help, services: those, labels }]) => lineOf(name, type, those, [...labels], help))
        .sort(),
      documentedMetrics()
        .map(({ name, type, services: those, labels, meaning }) =>
          lineOf(
            name,
            type,
            those === 'all' ? names : those.split(', '),
            UNSEEN.includes(name) ? [] : [...labels],
            meaning,
          ),
        )
        .sort(),
    );
  });

  test('names and units are as Prometheus has them', () => {
    for (const { name, type } of families()) {
      assert.match(name, /^tributary_[a-z][a-z_]*[a-z]$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      if (type === 'histogram') assert.match(name, /_(seconds|records)$/);
    }
  });

  test('labels have the documented values, and none that a client chooses', () => {
    const values = documentedValues();
    const names = new Set<string>();
    for (const { name, series } of families())
      for (const labels of series)
        for (const [label, value] of Object.entries(labels)) {
          const allowed = values.get(label);
          assert(allowed, `${label} of ${name} is not documented`);
          assert(
            allowed.some((one) => isAs(one, value)),
            `${label}="${value}" of ${name} is not documented`,
          );
          if (label === 'operation') names.add(value);
          else assert(!value.includes(word), `${label}="${value}" of ${name}`);
        }
    assert(names.size <= MOST_OPERATIONS, `${names.size} operations`);
    assert(names.has('other') && names.has('anonymous'));
  });

  test('no process tells more series than a year of such clients could make', () => {
    for (const [service, metrics] of scraped) {
      const count = metrics.reduce((sum, { series }: Scraped) => sum + series.length, 0);
      assert(count < MOST_SERIES, `${service} tells ${count} series`);
    }
  });
}

/** A hundred names, `other` and `anonymous`. */
const MOST_OPERATIONS = 102;
const MOST_SERIES = 5_000;

const PATH = '/api/v1/products';

/** What clients do, right and wrong, under names and on paths that they choose. */
async function load(gateway: string, word: string): Promise<void> {
  const create = `mutation Create($input: CreateProductInput!) { createProduct(input: $input) { productId } }`;
  const input = { name: `Kettle ${word}`, description: word, price: '1' };
  const created = await graphql<{ createProduct: { productId: string } }>(gateway, create, { input });
  const id = created.data!.createProduct.productId;
  const update = `mutation Update($input: UpdateProductInput!) { updateProduct(input: $input) { version } }`;
  const subscriber = await subscribe(gateway, 'subscription { productEvents { type } }');
  const streams = new AbortController();
  const stream = (query: string) =>
    fetch(`${gateway}/graphql/stream?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream' },
      signal: streams.signal,
    });
  await stream('subscription { productUpdated { productId } }');
  await graphql(gateway, update, { input: { id, name: `New ${word}` } });
  await subscriber.next(() => true);
  await graphql(gateway, update, { input: { id, name: word, expectedVersion: 77 } });
  await graphql(gateway, create, { input: { ...input, name: '' } });
  await (await stream(`subscription { productDeleted(after: "${word}") { productId } }`)).text();
  streams.abort();
  await subscriber.close();
  for (let n = 0; n < 110; n += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, m) =>
        graphql(gateway, `query ${word}_${n + m}($id: ID!) { product(id: $id) { id } }`, { id }),
      ),
    );
  await graphql(gateway, `query ($id: ID!) { product(id: $id, minVersion: 99) { id } }`, { id });
  await graphql(gateway, `{ ${word} }`);
  await rest(gateway, 'GET', `${PATH}/${id}`);
  await rest(gateway, 'GET', `${PATH}/${word}`);
  await rest(gateway, 'GET', `/${word}`);
  await rest(gateway, 'GET', `${PATH}/search?search=${word}`);
  await rest(gateway, 'PROPFIND', `${PATH}/${word}`);
}

/** Records that nobody can read. */
async function publishUnreadable(kafkaBrokers: readonly string[], word: string): Promise<void> {
  await withKafka(kafkaBrokers, async (log) => {
    for (const { name } of [productCommands, productEvents])
      await log.publish(name, [{ key: word, value: Buffer.from(word), headers: {} }], { deadlineMs: 10_000 });
  });
}
