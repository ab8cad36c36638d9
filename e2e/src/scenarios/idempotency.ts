import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import { type ExecuteCommandRequest, ProductWriterClient, Wait } from '@tributary/proto/gen/products/v1/writer.ts';
import { callUnary } from '@tributary/service';
import { graphql, rest } from '../client.ts';
import { gatewayOf, type System } from '../system.ts';
import { create, type Payload } from './commands.ts';

const PATH = '/api/v1/products';
const kettle = { name: 'Tea kettle', description: 'Boils a litre.' };

/** A key and a version mean the same whichever way a command comes in. */
export function idempotencyScenarios(system: System): void {
  const [gateway] = system.gateways;
  const other = gatewayOf(system, 1);
  const writer = system.grpc?.writers[0];

  async function execute(request: Partial<ExecuteCommandRequest>) {
    assert(writer);
    const client = new ProductWriterClient(writer, grpc.credentials.createInsecure());
    try {
      const whole = { caller: '', wait: Wait.WAIT_OUTCOME, body: undefined, ...request };
      return await callUnary(client, client.executeCommand, whole, { deadlineMs: 10_000 });
    } finally {
      client.close();
    }
  }

  test('one key has one effect over GraphQL, REST and gRPC, and 1.50 is 1.5', async () => {
    const idempotencyKey = randomUUID();
    const headers = { 'idempotency-key': idempotencyKey };
    const { productId } = await create(gateway, { ...kettle, price: '1.50', idempotencyKey });
    const posted = await rest<{ productId: string }>(other, 'POST', PATH, { ...kettle, price: 1.5 }, headers);
    assert.deepEqual([posted.status, posted.body.productId], [201, productId], posted.text);
    const reused = await rest<{ error: string }>(other, 'POST', PATH, { ...kettle, price: 2 }, headers);
    assert.deepEqual([reused.status, reused.body.error], [422, 'IDEMPOTENCY_KEY_REUSED']);
    if (writer) {
      const body = (price: string) => ({ $case: 'create', value: { ...kettle, price } }) as const;
      const executed = await execute({ idempotencyKey, body: body('1.5') });
      assert.deepEqual([executed.productId, executed.command?.version], [productId, 1n]);
      const refused = await execute({ idempotencyKey, body: body('2') });
      assert.equal(refused.command?.rejection?.code, RejectionCode.REJECTION_CODE_IDEMPOTENCY_KEY_REUSED);
      const foreign = await execute({ caller: 'another', idempotencyKey, body: body('2') });
      assert.equal(foreign.command?.state, CommandState.COMMAND_STATE_COMMITTED, 'a key is its caller’s alone');
      assert.notEqual(foreign.productId, productId);
    }
    const read = await graphql<{ product: { version: number } }>(
      gateway,
      'query ($id: ID!) { product(id: $id) { version } }',
      {
        id: productId,
      },
    );
    assert.equal(read.data?.product.version, 1, 'nothing was changed');
  });

  test('a change with a key is made once, however it is repeated', async () => {
    const { productId } = await create(gateway);
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const put = () => rest(gateway, 'PUT', `${PATH}/${productId}`, { price: 7 }, headers);
    const [first, again] = [await put(), await put()];
    assert.deepEqual([first.status, again.status], [200, 200], again.text);
    assert.equal(again.headers.get('etag'), '"2"', 'the precondition held when the change was made');
  });

  test('the expected version guards a change over GraphQL, REST and gRPC', async () => {
    const { productId } = await create(gateway);
    const update = async (expectedVersion: number) => {
      const answer = await graphql<{ updateProduct: Payload }>(
        gateway,
        `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) {
          version command { state rejection { code currentVersion } } } }`,
        { input: { id: productId, name: `Kettle of ${expectedVersion}`, expectedVersion } },
      );
      return answer.data?.updateProduct;
    };
    assert.equal((await update(1))?.version, 2);
    assert.deepEqual((await update(1))?.command.rejection, { code: 'VERSION_CONFLICT', currentVersion: 2 });
    const putIf = (tags: string) =>
      rest<{ error: string; currentVersion: number }>(
        other,
        'PUT',
        `${PATH}/${productId}`,
        { price: 3 },
        { 'if-match': tags },
      );
    const stale = await putIf('"1"');
    assert.deepEqual([stale.status, stale.body.error, stale.headers.get('etag')], [412, 'VERSION_CONFLICT', '"2"']);
    assert.equal((await putIf('W/"2"')).status, 412, 'a weak tag never matches');
    assert.equal((await putIf('2')).status, 400);
    assert.equal((await putIf('"7", "2"')).headers.get('etag'), '"3"');
    assert.equal((await putIf('*')).headers.get('etag'), '"3"', 'the price was 3 already: nothing changed');
    if (!writer) return;
    const change = (expectedVersion: bigint) =>
      execute({ expectedVersion, body: { $case: 'update', value: { productId, changes: { price: '4' } } } });
    const conflict = await change(2n);
    assert.equal(conflict.command?.rejection?.code, RejectionCode.REJECTION_CODE_VERSION_CONFLICT);
    assert.equal(conflict.command.rejection.currentVersion, 3n);
    assert.equal((await change(3n)).command?.version, 4n);
  });
}
