import { randomUUID } from 'node:crypto';
import { type Deployment, graphql, rest, subscribe } from '@tributary/e2e';

const CREATE = `mutation Create($input: CreateProductInput!) { createProduct(input: $input) { productId version command { state } } }`;
const UPDATE = `mutation Update($input: UpdateProductInput!) { updateProduct(input: $input) { version command { state } } }`;
const PRODUCT = `query Product($id: ID!) { product(id: $id) { id name } }`;
const SEARCH = `query Search($search: String) { products(search: $search, first: 5) { edges { node { id } } } }`;
const PATH = '/api/v1/products';

export interface Load {
  /** Resolves when its last round is over; rejects with what went wrong. */
  stop(): Promise<void>;
}

/** A little of everything that clients do, wrong things included, over and over until it is stopped. */
export async function startLoad({ gateways: [gateway] }: Pick<Deployment, 'gateways'>): Promise<Load> {
  const everything = 'subscription { productEvents { type productId product { name } } }';
  const subscribers = await Promise.all([subscribe(gateway, everything), subscribe(gateway, everything)]);
  const stopping = new AbortController();
  const stream = (query: string) =>
    fetch(`${gateway}/graphql/stream?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream' },
      signal: stopping.signal,
    });
  const events = await stream('subscription { productCreated { productId } }');
  let isStopped = false;

  async function run(): Promise<void> {
    while (!isStopped) {
      const input = { name: `Kettle ${randomUUID().slice(0, 8)}`, description: 'Boils a litre.', price: '19.99' };
      const created = await graphql<{ createProduct: { productId: string } }>(gateway, CREATE, { input });
      const id = created.data?.createProduct.productId;
      if (!id) throw new Error(created.text);
      await graphql(gateway, UPDATE, { input: { id, price: '1' } });
      await graphql(gateway, UPDATE, { input: { id, price: '2', expectedVersion: 1 } }); // refused
      for (let n = 0; n < 2; n++) await graphql(gateway, PRODUCT, { id });
      await graphql(gateway, SEARCH, { search: 'kettle' });
      await graphql(gateway, CREATE, { input: { ...input, name: '' } }); // BAD_USER_INPUT
      await rest(gateway, 'GET', `${PATH}/${id}`);
      await rest(gateway, 'GET', `${PATH}/${randomUUID()}`); // 404
      await rest(gateway, 'POST', PATH, { ...input, price: 1 });
      const short = await subscribe(gateway, 'subscription { productDeleted { productId } }');
      await short.close();
      await (await stream('subscription { productDeleted(after: "no cursor") { productId } }')).text(); // CURSOR_INVALID
    }
  }
  const running = run();
  running.catch(() => {}); // told by stop
  return {
    async stop() {
      isStopped = true;
      await running;
      for (const subscriber of subscribers) await subscriber.close();
      await events.body?.cancel();
      stopping.abort();
    },
  };
}
