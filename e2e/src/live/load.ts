import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '@tributary/service/random';
import { graphql } from '../client.ts';

/** A change that a client was told is made. */
export interface Made {
  readonly productId: string;
  readonly version: number;
}

/** Clients that create, update and delete products through the gateways, and go on when one fails. */
export interface Load {
  readonly made: readonly Made[];
  /** How many changes were not answered, or with an error. */
  failures(): number;
  /** Ends it after the changes in hand. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly gateways: readonly string[];
  /** Products that are changed more often than others, and never deleted. */
  readonly watched: readonly string[];
  readonly clients?: number;
  readonly seed: number;
}

interface Payload {
  readonly productId: string;
  readonly version: number | null;
}

const MUTATIONS = {
  create: 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId version } }',
  update: 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { productId version } }',
  delete: 'mutation ($input: DeleteProductInput!) { deleteProduct(input: $input) { productId version } }',
};
const REST_MS = 20;

/** Resolves to what was made; null when that is not known, or nothing was. */
export async function change(
  gateway: string,
  kind: keyof typeof MUTATIONS,
  input: Readonly<Record<string, unknown>>,
): Promise<Made | null> {
  const answer = await graphql<Record<string, Payload>>(gateway, MUTATIONS[kind], { input }).catch(() => null);
  const [payload] = Object.values(answer?.data ?? {});
  return payload?.version ? { productId: payload.productId, version: payload.version } : null;
}

/** Of a new product. */
export const content = (name: string) => ({ name, description: 'As it is told live.', price: '19.99' });

export function startLoad({ gateways, watched, clients = 4, seed }: LoadOptions): Load {
  const made: Made[] = [];
  const others: string[] = [];
  const stopping = new AbortController();
  let failures = 0;
  let count = 0;

  async function run(client: number): Promise<void> {
    const random = createRandom(seed * 100 + client);
    const one = () => (random.chance(0.5) || others.length === 0 ? random.pick(watched) : random.pick(others));
    while (!stopping.signal.aborted) {
      count += 1;
      const gateway = gateways[count % gateways.length]!;
      const kind = random.weighted({ create: 3, update: 6, delete: others.length > 0 ? 2 : 0 });
      const known = await {
        create: () => change(gateway, kind, content(`Made ${count}`)),
        update: () => change(gateway, kind, { id: one(), name: `Changed ${count}` }),
        // Another client may be changing it: who comes too late is refused, which is told as well.
        delete: () => change(gateway, kind, { id: others.splice(random.below(others.length), 1)[0] }),
      }[kind]();
      if (!known) failures += 1;
      else made.push(known);
      if (known && kind === 'create') others.push(known.productId);
      await delay(REST_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
  const running = Array.from({ length: clients }, (_, client) => run(client));
  return {
    made,
    failures: () => failures,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
