import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  type DocumentNode,
  gql,
  HttpLink,
  InMemoryCache,
  type NormalizedCacheObject,
  type OperationVariables,
  type TypedDocumentNode,
} from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import {
  CREATE,
  CREATED,
  type Create,
  type Created,
  named,
  PRODUCT,
  type Product,
  type ProductById,
  UPDATE,
  type Update,
} from './operations.ts';
import { connect, untilTaken } from './socket.ts';
import { watch } from './watch.ts';

const document = <Data>(text: string): TypedDocumentNode<Data, OperationVariables> => gql(text);

/** Apollo Client with its normalised cache, over HTTP, and over a socket for subscriptions. */
export function apolloScenarios(url: string): void {
  const socket = connect(url);
  let requests = 0;
  const http = new HttpLink({
    uri: `${url}/graphql`,
    fetch: (input, init) => {
      requests += 1;
      return fetch(input, init);
    },
  });
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http,
    ),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { products: relayStylePagination(['search']) } } },
    }),
  });
  after(async () => {
    client.stop();
    await socket.dispose();
  });

  async function create(name: string, price?: string): Promise<Product> {
    const { data } = await client.mutate({
      mutation: document<Create>(CREATE),
      variables: { input: named(name, price) },
    });
    assert.equal(data?.createProduct.command.state, 'COMMITTED');
    assert.ok(data.createProduct.product);
    return data.createProduct.product;
  }
  const cached = (id: string) => (client.cache.extract() as NormalizedCacheObject)[`Product:${id}`];

  test('a mutation answers with the product that it made, which the cache keeps by its id', async () => {
    const { id } = await create('Apollo kettle');
    assert.deepEqual(cached(id), { __typename: 'Product', id, version: 1, name: 'Apollo kettle', price: '19.99' });
  });

  test('a query reads it, once', async () => {
    const { id } = await create('Read kettle');
    const before = requests;
    const read = () => client.query({ query: document<ProductById>(PRODUCT), variables: { id } });
    assert.equal((await read()).data?.product?.name, 'Read kettle');
    assert.equal((await read()).data?.product?.name, 'Read kettle');
    assert.equal(requests, before + 1);
  });

  test('a mutation shows in a query that is watched, without a request', async () => {
    const { id } = await create('Repriced kettle');
    const watched = watch(client.watchQuery({ query: document<ProductById>(PRODUCT), variables: { id } }));
    await watched.until(({ data }) => data?.product?.price === '19.99');
    const before = requests;
    await client.mutate({ mutation: document<Update>(UPDATE), variables: { input: { id, price: '24.50' } } });
    const { data } = await watched.until(({ data }) => data?.product?.version === 2);
    watched.leave();
    assert.equal(data?.product?.price, '24.5');
    assert.equal(requests, before + 1);
  });

  test('a subscription receives the product that is created meanwhile, and puts it into the cache', async () => {
    const watched = watch(client.subscribe({ query: document<Created>(CREATED) }));
    await untilTaken(socket);
    // By another client, so that only the event can tell this one.
    const response = await fetch(`${url}/api/v1/products`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...named('Live kettle'), price: 35.25 }),
    });
    const { productId: id } = (await response.json()) as { productId: string };
    const { data } = await watched.until(({ data }) => data?.productCreated.productId === id);
    watched.leave();
    const product = { id, version: 1, name: 'Live kettle', price: '35.25', __typename: 'Product' };
    assert.deepEqual(data?.productCreated, { productId: id, version: 1, product, __typename: 'ProductEvent' });
    assert.deepEqual(cached(id), product);
  });

  test('pages are joined to one list', async () => {
    for (const name of ['Paged vase one', 'Paged vase two', 'Paged vase three']) await create(name);
    interface Products {
      products: { edges: { node: Product }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } };
    }
    const query = client.watchQuery({
      query: document<Products>(`query Products($search: String, $after: String) {
        products(search: $search, first: 2, after: $after) {
          edges { cursor node { id version name price } }
          pageInfo { endCursor hasNextPage }
        }
      }`),
      variables: { search: 'vase pag' },
    });
    const list = watch(query);
    const withNodes = (count: number) => list.until(({ data }) => data?.products?.edges?.length === count);
    const pageInfo = (await withNodes(2)).data?.products?.pageInfo;
    assert.equal(pageInfo?.hasNextPage, true);
    await query.fetchMore({ variables: { after: pageInfo.endCursor } });
    const { data } = await withNodes(3);
    list.leave();
    assert.deepEqual(
      data?.products?.edges?.map((edge) => edge?.node?.name),
      ['Paged vase three', 'Paged vase two', 'Paged vase one'],
    );
    assert.equal(data?.products?.pageInfo?.hasNextPage, false);
  });

  async function errorsOf(promise: Promise<unknown>) {
    const error = await promise.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    );
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    return error.errors;
  }

  test('malformed input is an error with its code and its path', async () => {
    const [error] = await errorsOf(create('Priceless kettle', 'much'));
    assert.equal(error?.extensions?.code, 'BAD_USER_INPUT');
    assert.deepEqual(error.path, ['createProduct']);
  });

  test('an operation that is none of the schema is an error with its code', async () => {
    const query: DocumentNode = gql('{ product(id: "1") { colour } }');
    const [error] = await errorsOf(client.query({ query }));
    assert.equal(error?.extensions?.code, 'GRAPHQL_VALIDATION_FAILED');
  });

  test('an error of a subscription has its message', async () => {
    const query = gql('subscription { productCreated { colour } }');
    const watched = watch(client.subscribe({ query }));
    const { error } = await watched.until(({ error }) => error !== undefined);
    watched.leave();
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.match(error.message, /colour/);
  });
}
