import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CREATE, CREATED, type Create, type Created, named, PRODUCT, type ProductById } from './operations.ts';
import { connect, untilTaken } from './socket.ts';

/** Everything over one socket of graphql-ws' own client. */
export function graphqlWsScenarios(url: string): void {
  const socket = connect(url);
  after(() => socket.dispose());

  async function once<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
    const answers = await Array.fromAsync(socket.iterate<Data>({ query, variables }));
    assert.equal(answers.length, 1);
    assert.equal(answers[0]?.errors, undefined);
    return answers[0]?.data as Data;
  }
  const create = async (name: string) => (await once<Create>(CREATE, { input: named(name) })).createProduct;

  test('a mutation answers with the product that it made, and a query reads it', async () => {
    const { command, product } = await create('Socket kettle');
    assert.equal(command.state, 'COMMITTED');
    assert.ok(product);
    assert.deepEqual(product, { id: product.id, version: 1, name: 'Socket kettle', price: '19.99' });
    assert.deepEqual(await once<ProductById>(PRODUCT, { id: product.id }), { product });
  });

  test('a subscription receives the product that is created meanwhile, and ends when it is left', async () => {
    const events = socket.iterate<Created>({ query: CREATED });
    const received = events.next();
    await untilTaken(socket);
    const { productId } = await create('Live kettle');
    const { value, done } = await received;
    assert.equal(done, false);
    assert.deepEqual(value.data, {
      productCreated: {
        productId,
        version: 1,
        product: { id: productId, version: 1, name: 'Live kettle', price: '19.99' },
      },
    });
    await events.return?.();
    assert.deepEqual(await events.next(), { value: undefined, done: true });
    assert.equal((await create('Later kettle')).command.state, 'COMMITTED');
  });

  test('the events of one product come in order', async () => {
    const { productId } = await create('Watched kettle');
    interface Event {
      productEvents: { type: string; version: number; product: { price: string } | null };
    }
    const events = socket.iterate<Event>({
      query: `subscription ($ids: [ID!]) { productEvents(productIds: $ids) { type version product { price } } }`,
      variables: { ids: [productId] },
    });
    const received: unknown[] = [];
    const collected = (async () => {
      for await (const { data } of events) {
        received.push(data?.productEvents);
        if (data?.productEvents.type === 'DELETED') return;
      }
    })();
    await untilTaken(socket);
    for (const change of ['updateProduct(input: { id: $id, price: 21.5 })', 'deleteProduct(input: { id: $id })'])
      await once(`mutation ($id: ID!) { ${change} { command { state } } }`, { id: productId });
    await collected;
    assert.deepEqual(received, [
      { type: 'UPDATED', version: 2, product: { price: '21.5' } },
      { type: 'DELETED', version: 3, product: null },
    ]);
  });

  test("a command's outcome comes and completes the subscription, though it was known before", async () => {
    const { command } = await create('Settled kettle');
    const outcome = await once('subscription ($id: ID!) { commandOutcome(id: $id) { id state version } }', {
      id: command.id,
    });
    assert.deepEqual(outcome, { commandOutcome: { id: command.id, state: 'COMMITTED', version: 1 } });
  });

  test('an operation that is none of the schema is an error, and the socket goes on', async () => {
    for (const query of ['subscription { productCreated { colour } }', '{ product { id } }', 'query {']) {
      await assert.rejects(Array.fromAsync(socket.iterate({ query })), (errors: unknown) => {
        assert.ok(Array.isArray(errors) && errors.length > 0, String(errors));
        assert.match(String(errors[0].message), /colour|argument "id"|Syntax Error/);
        return true;
      });
    }
    assert.deepEqual(await once('{ __typename }', {}), { __typename: 'Query' });
  });

  test('malformed input is an error with its code, as over HTTP', async () => {
    const [answer] = await Array.fromAsync(
      socket.iterate({ query: CREATE, variables: { input: named('Priceless kettle', '-1') } }),
    );
    assert.equal(answer?.data, null);
    assert.equal(answer?.errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
    assert.deepEqual(answer.errors[0].path, ['createProduct']);
  });
}
