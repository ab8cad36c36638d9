import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { createRandom } from '@tributary/service/random';
import { compare } from './comparison.ts';
import { createDigest, hashOfProduct } from './digest.ts';
import { commandId, committed, present, productId, tombstone } from './read-model/contract/samples.ts';
import { type Changes, createSqliteReadModel, type GenerationReads } from './read-model/index.ts';

const numbers = Array.from({ length: 2_500 }, (_, n) => n);
const content: Changes = {
  products: numbers.map((n) => (n % 7 === 0 ? tombstone(n) : present(n, { version: BigInt(n + 1) }))),
  outcomes: numbers.map((n) => committed(n)),
};
const signal = new AbortController().signal;

async function holding(t: TestContext, changes: Changes): Promise<GenerationReads> {
  const readModel = createSqliteReadModel({ file: ':memory:' });
  t.after(() => readModel.close());
  const build = await readModel.beginBuild(60_000);
  await build?.add(changes);
  await build?.publish(new Map());
  return readModel.generation((await readModel.generations())?.serving as string);
}

const compared = async (t: TestContext, left: Changes, right: Changes, outcomesSinceMs = 0) =>
  compare(await holding(t, left), await holding(t, right), { outcomesSinceMs, signal });

test('the same content has the same checksums, in whatever order it came', async (t) => {
  const random = createRandom(20_260_202);
  const { products, tombstones, outcomes, differingProducts, differingOutcomes } = await compared(t, content, {
    products: random.shuffled(content.products),
    outcomes: random.shuffled(content.outcomes),
  });
  for (const kind of [products, tombstones, outcomes]) {
    assert.deepEqual(kind.left, kind.right);
    assert.match(kind.left.checksum, /^[0-9a-f]{32}$/);
  }
  assert.deepEqual([products.left.count, tombstones.left.count, outcomes.left.count], [2_142, 358, 2_500]);
  assert.deepEqual([differingProducts, differingOutcomes], [[], []]);
});

test('each kind of difference changes a checksum and is found', async (t) => {
  const states: Record<string, Changes['products']> = {
    version: [present(1, { version: 3n })],
    name: [present(1, { version: 2n, name: 'other' })],
    description: [present(1, { version: 2n, description: 'other' })],
    price: [present(1, { version: 2n, price: '19.990' })],
    createdAt: [present(1, { version: 2n, createdAtMs: 1n })],
    updatedAt: [present(1, { version: 2n, updatedAtMs: 1n })],
    deletion: [tombstone(1, { version: 2n })],
    loss: [],
  };
  const original = [present(1, { version: 2n })];
  for (const [difference, products] of Object.entries(states)) {
    const found = await compared(t, { products: original, outcomes: [] }, { products, outcomes: [] });
    assert.notDeepEqual(found.products.left, found.products.right, difference);
    assert.deepEqual(found.differingProducts, [productId(1)], difference);
  }
  for (const [difference, outcomes] of Object.entries({
    state: [committed(1, { state: CommandState.COMMAND_STATE_REJECTED })],
    version: [committed(1, { version: 9n })],
    time: [committed(1, {}, 1_001)],
    loss: [],
  })) {
    const found = await compared(t, { products: [], outcomes: [committed(1)] }, { products: [], outcomes });
    assert.notDeepEqual(found.outcomes.left, found.outcomes.right, difference);
    assert.deepEqual(found.differingOutcomes, [commandId(1)], difference);
  }
});

test('what only one side has is found at the beginning, in the middle and at the end of a page', async (t) => {
  const some = (without: readonly number[]): Changes => ({
    products: content.products.filter((_, n) => !without.includes(n)),
    outcomes: content.outcomes.filter((_, n) => !without.includes(n)),
  });
  const found = await compared(t, some([0, 999, 1_000, 2_499]), some([1, 500, 1_500, 2_498]));
  const missing = [0, 1, 500, 999, 1_000, 1_500, 2_498, 2_499];
  assert.deepEqual(found.differingProducts, missing.map(productId));
  assert.deepEqual(found.differingOutcomes, missing.map(commandId));
});

test('each half of a checksum depends on every item', () => {
  const checksumOf = (numbers: readonly number[]) => {
    const digest = createDigest();
    for (const number of numbers) digest.add(hashOfProduct(present(number)));
    return digest.result().checksum;
  };
  const [one, other] = [checksumOf([1, 2, 3]), checksumOf([1, 2, 4])];
  for (const half of [(text: string) => text.slice(0, 16), (text: string) => text.slice(16)])
    assert.notEqual(half(one), half(other));
  assert.equal(checksumOf([3, 1, 2]), one);
  assert.notEqual(checksumOf([1, 1, 2]), checksumOf([1, 2, 2]));
});

test('two items whose contents are exchanged have another checksum', async (t) => {
  const pair = (a: string, b: string): Changes => ({
    products: [present(1, { name: a }), present(2, { name: b })],
    outcomes: [],
  });
  const { products } = await compared(t, pair('a', 'b'), pair('b', 'a'));
  assert.notEqual(products.left.checksum, products.right.checksum);
});

test('outcomes whose time is over are left out', async (t) => {
  const recent = committed(2, {}, 5_000);
  const found = await compared(
    t,
    { products: [], outcomes: [committed(1, {}, 4_999), recent] },
    { products: [], outcomes: [recent, committed(3, {}, 10)] },
    5_000,
  );
  assert.deepEqual(found.outcomes.left, found.outcomes.right);
  assert.equal(found.outcomes.left.count, 1);
  assert.deepEqual(found.differingOutcomes, []);
});
