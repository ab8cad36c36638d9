import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, type ClientOptions, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import {
  CREATE,
  CREATED,
  type Create,
  type Created,
  named,
  PRODUCT,
  type ProductById,
  UPDATE,
  type Update,
} from './operations.ts';
import { connect, untilTaken } from './socket.ts';
import { watch } from './watch.ts';

/** urql with its cache, over HTTP, and over a socket for subscriptions. */
export function urqlScenarios(url: string): void {
  const socket = connect(url);
  after(() => socket.dispose());
  const clientWith = (options: Partial<ClientOptions>) =>
    new Client({
      url: `${url}/graphql`,
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query, variables, operationName }) => ({
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe({ query: query ?? '', variables, operationName }, sink),
            }),
          }),
        }),
      ],
      ...options,
    });
  const client = clientWith({ preferGetMethod: false });

  async function create(name: string) {
    const { data, error } = await client.mutation<Create>(CREATE, { input: named(name) }).toPromise();
    assert.equal(error, undefined);
    assert.ok(data?.createProduct.product);
    return data.createProduct.product;
  }

  test('a mutation answers with the product that it made, and a query reads it', async () => {
    const product = await create('Urql kettle');
    assert.deepEqual(product, {
      __typename: 'Product',
      id: product.id,
      version: 1,
      name: 'Urql kettle',
      price: '19.99',
    });
    const { data } = await client.query<ProductById>(PRODUCT, { id: product.id }).toPromise();
    assert.equal(data?.product?.name, 'Urql kettle');
  });

  test('queries by GET are answered, with the header that says that no other site sent them', async () => {
    const product = await create('Got kettle');
    const methods: (string | undefined)[] = [];
    const ask = (headers: Record<string, string>) =>
      clientWith({
        preferGetMethod: 'force',
        fetchOptions: { headers },
        fetch: (input, init) => {
          methods.push(init?.method);
          return fetch(input, init);
        },
      })
        .query<ProductById>(PRODUCT, { id: product.id })
        .toPromise();
    const { data, error } = await ask({ 'apollo-require-preflight': 'true' });
    assert.deepEqual([error, data?.product?.name], [undefined, 'Got kettle']);

    const refused = await ask({});
    assert.equal(refused.data, undefined);
    assert.match(refused.error?.graphQLErrors[0]?.message ?? '', /CSRF.*apollo-require-preflight/s);
    assert.deepEqual(methods, ['GET', 'GET']);
  });

  test('a query that is watched is read again after a mutation of what it shows', async () => {
    const { id } = await create('Repriced kettle');
    const watched = watch(client.query<ProductById>(PRODUCT, { id }));
    await watched.until(({ data }) => data?.product?.price === '19.99');
    const { data } = await client.mutation<Update>(UPDATE, { input: { id, price: '24.5' } }).toPromise();
    assert.equal(data?.updateProduct.product?.price, '24.5');
    const after = await watched.until(({ data }) => data?.product?.version === 2);
    assert.equal(after.data?.product?.price, '24.5');
    watched.leave();
  });

  test('a subscription receives the product that is created meanwhile', async () => {
    const watched = watch(client.subscription<Created>(CREATED, {}));
    await untilTaken(socket);
    const { id } = await create('Live urql kettle');
    const { data } = await watched.until(({ data }) => data?.productCreated.productId === id);
    watched.leave();
    const { name, price, version } = data?.productCreated.product ?? {};
    assert.deepEqual({ name, price, version }, { name: 'Live urql kettle', price: '19.99', version: 1 });
  });

  test('malformed input is an error with its code and its path', async () => {
    const { data, error } = await client.mutation<Create>(CREATE, { input: named('', '1') }).toPromise();
    assert.equal(data?.createProduct, undefined);
    assert.equal(error?.networkError, undefined);
    assert.equal(error?.graphQLErrors[0]?.extensions.code, 'BAD_USER_INPUT');
    assert.deepEqual(error.graphQLErrors[0].path, ['createProduct']);
  });

  test('a refusal by the domain is data', async () => {
    const { id } = await create('Contested kettle');
    const { data, error } = await client
      .mutation<Update>(UPDATE, { input: { id, price: '1', expectedVersion: 7 } })
      .toPromise();
    assert.equal(error, undefined);
    assert.equal(data?.updateProduct.command.state, 'REJECTED');
    assert.equal(data.updateProduct.command.rejection?.code, 'VERSION_CONFLICT');
    assert.equal(data.updateProduct.command.rejection.currentVersion, 1);
  });
}
