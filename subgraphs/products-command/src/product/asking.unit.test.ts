import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import {
  type GetCommandStatusRequest,
  type GetCommandStatusResponse,
  ProductWriterService,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { createGrpcServer, grpcFailure, readinessOf, silentLogger, unary } from '@tributary/service';
import { givenSubgraph } from '../given-subgraph.ts';

const logger = silentLogger();

/** A writer that answers GetCommand as the test says. */
function givenWriter(getCommand: (request: GetCommandStatusRequest) => GetCommandStatusResponse) {
  const notMeant = unary(logger, () => Promise.reject(grpcFailure(status.INTERNAL, 'NOT_MEANT', 'not meant')));
  return createGrpcServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    name: 'products.v1.ProductWriter',
    definition: ProductWriterService,
    implementation: {
      executeCommand: notMeant,
      getProduct: notMeant,
      exportProducts: () => {},
      getCommand: unary<GetCommandStatusRequest, GetCommandStatusResponse>(logger, async (request) =>
        getCommand(request),
      ),
    },
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/writer.proto' },
  });
}

test('while the events cannot be followed the writer is asked until it knows the outcome', async () => {
  let asked = 0;
  const writer = await givenWriter(({ commandId }) => {
    asked += 1;
    if (asked === 1) return { command: { commandId, state: CommandState.COMMAND_STATE_PENDING, deleted: false } };
    const productId = '0199c0de-0000-7000-8000-000000000001';
    return {
      command: { commandId, state: CommandState.COMMAND_STATE_COMMITTED, productId, version: 8n, deleted: false },
    };
  });
  const { graphql, subgraph, stop } = await givenSubgraph({
    writerAddresses: [`127.0.0.1:${writer.port}`],
    wrapLog: (log) => ({ ...log, tail: async (options) => ({ ...(await log.tail(options)), caughtUp: () => false }) }),
  });
  assert.equal((await readinessOf(subgraph.checks)).ready, false);
  const { body, headers } = await graphql(`mutation {
    updateProduct(input: { id: "0199c0de-0000-7000-8000-000000000001", name: "a" }) { command { state } version product { id } }
  }`);
  assert.deepEqual(body.data.updateProduct, {
    command: { state: 'COMMITTED' },
    version: 8,
    product: { id: '0199c0de-0000-7000-8000-000000000001' },
  });
  assert.equal(headers.get('x-version-floor'), '0199c0de-0000-7000-8000-000000000001@8');
  assert.equal(asked, 2);
  await stop();
  await writer.stop();
});
