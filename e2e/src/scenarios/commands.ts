import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { graphql } from '../client.ts';
import { eventually, gatewayOf, type System } from '../system.ts';

export interface Product {
  id: string;
  version: number;
  name: string;
  description: string;
  price: string;
  createdAt: string;
  updatedAt: string;
}

export interface Payload {
  productId: string;
  version: number | null;
  product: Product | null;
  command: {
    id: string;
    state: string;
    rejection: { code: string; message: string; currentVersion: number | null } | null;
  };
}

const FIELDS = `productId version
  product { id version name description price createdAt updatedAt }
  command { id state rejection { code message currentVersion } }`;
const CREATE = `mutation Create($input: CreateProductInput!) { createProduct(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation Update($input: UpdateProductInput!) { updateProduct(input: $input) { ${FIELDS} } }`;
const DELETE = `mutation Delete($input: DeleteProductInput!) { deleteProduct(input: $input) { ${FIELDS} } }`;
const READ = `query Read($id: ID!, $minVersion: Int) { product(id: $id, minVersion: $minVersion) {
  id version name description price createdAt updatedAt } }`;

async function mutate(url: string, mutation: string, input: Record<string, unknown>): Promise<Payload> {
  const answer = await graphql<Record<string, Payload>>(url, mutation, { input });
  assert.equal(answer.errors, undefined, answer.text);
  return Object.values(answer.data ?? {})[0] as Payload;
}

export const create = (url: string, input: Record<string, unknown> = {}) =>
  mutate(url, CREATE, { name: 'Tea kettle', description: 'Boils a litre.', price: '19.99', ...input });
const update = (url: string, input: Record<string, unknown>) => mutate(url, UPDATE, input);
const remove = (url: string, input: Record<string, unknown>) => mutate(url, DELETE, input);

async function read(url: string, id: string, minVersion?: number): Promise<Product | null> {
  const answer = await graphql<{ product: Product | null }>(url, READ, { id, minVersion });
  assert.equal(answer.errors, undefined, answer.text);
  return answer.data?.product ?? null;
}

export function commandScenarios(system: System): void {
  const [gateway] = system.gateways;

  test('a created product is in the answer, as the query side sees it', async () => {
    const payload = await create(gateway);
    assert.equal(payload.command.state, 'COMMITTED');
    assert.equal(payload.version, 1);
    assert.deepEqual(
      { ...payload.product, createdAt: null, updatedAt: null },
      {
        id: payload.productId,
        version: 1,
        name: 'Tea kettle',
        description: 'Boils a litre.',
        price: '19.99',
        createdAt: null,
        updatedAt: null,
      },
    );
    assert.match(payload.product?.createdAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('each change raises the version by one, and absent fields stay', async () => {
    const { productId } = await create(gateway);
    const second = await update(gateway, { id: productId, price: 20.5 });
    assert.equal(second.version, 2);
    assert.deepEqual([second.product?.name, second.product?.price], ['Tea kettle', '20.5']);
    const third = await update(gateway, { id: productId, name: 'Kettle', expectedVersion: 2 });
    assert.equal(third.version, 3);
    assert.equal(third.product?.version, 3);
    const unchanged = await update(gateway, { id: productId, name: 'Kettle' });
    assert.deepEqual([unchanged.command.state, unchanged.version], ['COMMITTED', 3]);
  });

  test('a version that is not the expected one is refused as data', async () => {
    const { productId } = await create(gateway);
    const refused = await update(gateway, { id: productId, name: 'No', expectedVersion: 7 });
    assert.equal(refused.command.state, 'REJECTED');
    assert.equal(refused.command.rejection?.code, 'VERSION_CONFLICT');
    assert.equal(refused.command.rejection?.currentVersion, 1);
    assert.equal(refused.product, null);
    assert.equal(refused.version, null);
  });

  test('a deleted product is gone, and cannot be changed or made again', async () => {
    const { productId } = await create(gateway);
    const deleted = await remove(gateway, { id: productId });
    assert.deepEqual([deleted.command.state, deleted.version, deleted.product], ['COMMITTED', 2, null]);
    assert.equal(await read(gateway, productId, 2), null);
    for (const refused of [
      await update(gateway, { id: productId, name: 'No' }),
      await remove(gateway, { id: productId }),
    ])
      assert.equal(refused.command.rejection?.code, 'NOT_FOUND');
  });

  test('repeating a mutation with its key gives the first outcome; another content is refused', async () => {
    const idempotencyKey = randomUUID();
    const first = await create(gatewayOf(system, 0), { idempotencyKey, price: '1.50' });
    const again = await create(gatewayOf(system, 1), { idempotencyKey, price: 1.5 });
    assert.equal(again.productId, first.productId);
    assert.deepEqual([again.command.state, again.version, again.product?.price], ['COMMITTED', 1, '1.5']);
    assert.notEqual(again.command.id, first.command.id);
    const other = await create(gateway, { idempotencyKey, price: '2' });
    assert.equal(other.command.rejection?.code, 'IDEMPOTENCY_KEY_REUSED');
  });

  test('a key raced by many makes one product', async () => {
    const idempotencyKey = randomUUID();
    const payloads = await Promise.all(
      Array.from({ length: 12 }, (_, n) => create(gatewayOf(system, n), { idempotencyKey, name: 'Raced' })),
    );
    assert.deepEqual([...new Set(payloads.map((payload) => payload.productId))].length, 1);
    assert(payloads.every((payload) => payload.version === 1 && payload.command.state === 'COMMITTED'));
  });

  test('a mutation that does not wait is PENDING, and its command becomes COMMITTED', async () => {
    const payload = await create(gateway, { wait: 'NONE' });
    assert.deepEqual([payload.command.state, payload.version, payload.product], ['PENDING', null, null]);
    const query = 'query ($id: ID!) { command(id: $id) { id state productId version rejection { code } } }';
    const answer = await eventually(
      () =>
        graphql<{ command: { state: string; productId: string; version: number } }>(gateway, query, {
          id: payload.command.id,
        }),
      ({ data }) => data?.command.state !== 'PENDING',
    );
    assert.deepEqual(
      [answer.data?.command.state, answer.data?.command.productId, answer.data?.command.version],
      ['COMMITTED', payload.productId, 1],
    );
  });

  test('a client reads its own write through any gateway', async () => {
    for (let n = 0; n < 20; n++) {
      const written = await graphql<{ createProduct: { productId: string } }>(
        gatewayOf(system, n),
        'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId } }',
        { input: { name: `Own ${n}`, description: 'd', price: n } },
      );
      const floor = written.headers.get('x-version-floor');
      const id = written.data?.createProduct.productId as string;
      assert.equal(floor, `${id}@1`);
      const seen = await graphql<{ product: Product | null }>(
        gatewayOf(system, n + 1),
        READ,
        { id },
        { 'x-version-floor': floor },
      );
      assert.equal(seen.data?.product?.version, 1, seen.text);
    }
  });

  test('a version that never comes is STALE_READ, and the rest of the answer stands', async () => {
    const { productId } = await create(gateway);
    const answer = await graphql(
      gateway,
      'query ($id: ID!) { a: product(id: $id, minVersion: 99) { id } b: product(id: $id) { id } }',
      {
        id: productId,
      },
    );
    assert.equal(answer.errors?.[0]?.extensions?.code, 'STALE_READ', answer.text);
    assert.deepEqual({ ...answer.data }, { a: null, b: { id: productId } });
  });

  test('concurrent updates of one product leave no gap in its versions', async () => {
    const { productId } = await create(gateway);
    const payloads = await Promise.all(
      Array.from({ length: 20 }, (_, n) => update(gatewayOf(system, n), { id: productId, name: `Name ${n}` })),
    );
    const versions = payloads.map((payload) => payload.version).sort((a, b) => Number(a) - Number(b));
    assert.deepEqual(
      versions,
      Array.from({ length: 20 }, (_, n) => n + 2),
    );
    assert.equal((await read(gateway, productId, 21))?.version, 21);
  });
}
