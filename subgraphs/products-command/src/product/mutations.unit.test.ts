import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import { committed, givenSubgraph } from '../given-subgraph.ts';

const given = await givenSubgraph();
const { graphql, seen, writer } = given;
after(given.stop);
afterEach(() => {
  seen.length = 0;
  writer.answer = () => null;
});

const PAYLOAD = `{
  command { id state productId version rejection { code message field currentVersion } }
  productId version product { __typename id }
}`;
const create = (input: object, headers?: Record<string, string>) =>
  graphql(
    `mutation ($input: CreateProductInput!) { createProduct(input: $input) ${PAYLOAD} }`,
    { input: { name: 'Kettle', description: 'Boils water', price: '19.99', ...input } },
    headers,
  );

test('a create becomes a command record and answers its outcome, with the version that reads must have', async () => {
  writer.answer = () => committed('created', 1n);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { status, headers, body } = await create(
    { name: ' Kettle ', price: 19.99 },
    { traceparent, tracestate: 'a=b' },
  );
  assert.equal(status, 200);
  const [record] = seen;
  assert(record);
  const { command } = record;
  assert.deepEqual(command.body, {
    $case: 'create',
    value: { name: 'Kettle', description: 'Boils water', price: '19.99' },
  });
  assert.equal(command.caller, 'anonymous');
  assert.equal(record.key, command.productId);
  assert.deepEqual(record.headers, { 'content-type': 'application/protobuf', traceparent, tracestate: 'a=b' });
  assert.deepEqual(body, {
    data: {
      createProduct: {
        command: {
          id: command.commandId,
          state: 'COMMITTED',
          productId: command.productId,
          version: 1,
          rejection: null,
        },
        productId: command.productId,
        version: 1,
        product: { __typename: 'Product', id: command.productId },
      },
    },
  });
  assert.equal(headers.get('x-version-floor'), `${command.productId}@1`);
});

test('an update sends only the fields that are given', async () => {
  writer.answer = () => committed('updated', 4n);
  const id = '0199c0de-0000-7000-8000-000000000001';
  const { body } = await graphql(`mutation ($input: UpdateProductInput!) { updateProduct(input: $input) ${PAYLOAD} }`, {
    input: { id: id.toUpperCase(), price: 5, expectedVersion: 3, idempotencyKey: 'k' },
  });
  assert.equal(body.data.updateProduct.version, 4);
  const command = seen[0]?.command;
  assert.equal(command?.productId, id);
  assert.equal(command?.expectedVersion, 3n);
  assert.equal(command?.idempotencyKey, 'k');
  assert.deepEqual(command?.body, { $case: 'update', value: { name: undefined, description: undefined, price: '5' } });
});

test('a delete answers no product, and the version from which reads must not find it', async () => {
  writer.answer = () => committed('deleted', 7n);
  const id = '0199c0de-0000-7000-8000-000000000002';
  const { body, headers } = await graphql(`mutation { deleteProduct(input: { id: "${id}" }) ${PAYLOAD} }`);
  assert.equal(body.data.deleteProduct.command.state, 'COMMITTED');
  assert.equal(body.data.deleteProduct.version, 7);
  assert.equal(body.data.deleteProduct.product, null);
  assert.equal(headers.get('x-version-floor'), `${id}@7`);
});

test('a refusal by the domain is data', async () => {
  writer.answer = () => ({
    version: 0n,
    body: {
      $case: 'rejected',
      value: {
        rejection: {
          code: RejectionCode.REJECTION_CODE_VERSION_CONFLICT,
          message: 'the product has version 5',
          field: 'expectedVersion',
          currentVersion: 5n,
        },
      },
    },
  });
  const { status, body, headers } = await create({});
  assert.equal(status, 200);
  assert.equal(body.errors, undefined);
  const { command, version, product } = body.data.createProduct;
  assert.equal(command.state, 'REJECTED');
  assert.deepEqual(command.rejection, {
    code: 'VERSION_CONFLICT',
    message: 'the product has version 5',
    field: 'expectedVersion',
    currentVersion: 5,
  });
  assert.equal(version, null);
  assert.equal(product, null);
  assert.equal(headers.get('x-version-floor'), null);
});

test('whoever waits for nothing is told PENDING at once', async () => {
  const { body, headers } = await create({ wait: 'NONE' });
  const { command, productId, version, product } = body.data.createProduct;
  assert.equal(command.state, 'PENDING');
  assert.equal(command.productId, productId);
  assert.equal(version, null);
  assert.equal(product, null);
  assert.equal(headers.get('x-version-floor'), null);
});

test('several mutations of one request run one after another, and the answer has the floor of each', async () => {
  const order: string[] = [];
  writer.answer = (command) => {
    order.push(command.body?.$case ?? '');
    return committed('updated', BigInt(order.length));
  };
  const { body, headers } = await graphql(`mutation {
    a: createProduct(input: { name: "A", description: "a", price: 1 }) { productId }
    b: deleteProduct(input: { id: "0199c0de-0000-7000-8000-000000000003" }) { productId }
    c: createProduct(input: { name: "C", description: "c", price: "3" }) { productId }
  }`);
  assert.deepEqual(order, ['create', 'delete', 'create']);
  assert.equal(
    headers.get('x-version-floor'),
    `${body.data.a.productId}@1,${body.data.b.productId}@2,${body.data.c.productId}@3`,
  );
});
