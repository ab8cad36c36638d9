import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphql } from '../client.ts';
import { gatewayOf, type System } from '../system.ts';
import { create } from './commands.ts';

interface Verified {
  agrees: boolean;
  products: { left: { count: number } };
  examples: unknown[];
}

const UPDATE = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { version command { state } } }`;
const READ = `query ($id: ID!, $minVersion: Int) { product(id: $id, minVersion: $minVersion) { version } }`;

/** @param adminUrls of the processes, some of which project */
export function rebuildScenarios(system: System, adminUrls: readonly string[]): void {
  test('the read model is rebuilt, switched back and rebuilt again under load, and no read goes back', async () => {
    const projectors = await projecting(adminUrls);
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, n) => create(gatewayOf(system, n), { name: `Rebuilt ${n}` })),
    );
    const ids = made.map(({ productId }) => productId);
    const seen = new Map(ids.map((id) => [id, 1]));
    let [isLoading, reads, writes] = [true, 0, 0];

    async function write(id: string): Promise<void> {
      for (let n = 0; isLoading; n += 1) {
        const { data, text } = await graphql<{ updateProduct: { version: number } | null }>(
          gatewayOf(system, n),
          UPDATE,
          { input: { id, price: `${n}.25`, wait: 'OUTCOME' } },
        );
        assert(data?.updateProduct, text);
        writes += 1;
      }
    }
    async function read(id: string): Promise<void> {
      for (let n = 0; isLoading; n += 1) {
        const minVersion = seen.get(id) ?? 1;
        const { data, errors, text } = await graphql<{ product: { version: number } | null }>(
          gatewayOf(system, n),
          READ,
          { id, minVersion },
        );
        // What takes too long on a busy machine is said, and is no older answer.
        if (errors?.every(({ extensions }) => extensions?.code === 'STALE_READ')) continue;
        assert(data?.product && data.product.version >= minVersion, `${minVersion}: ${text}`);
        seen.set(id, Math.max(seen.get(id) ?? 1, data.product.version));
        reads += 1;
      }
    }
    async function rebuild(): Promise<void> {
      const [one, other] = [projectors[0] as string, projectors.at(-1) as string];
      try {
        for (const [admin, name] of [
          [one, 'rebuild'],
          [other, 'rollback'],
          [other, 'rebuild'],
          [one, 'rollback'],
        ] as const) {
          const result = await operate<Partial<Verified>>(admin, name);
          if (name === 'rebuild') assert.equal(result.agrees, true, JSON.stringify(result));
        }
      } finally {
        isLoading = false;
      }
    }
    const fail = (error: unknown) => {
      isLoading = false;
      throw error;
    };
    await Promise.all([rebuild(), ...ids.flatMap((id) => [write(id).catch(fail), read(id).catch(fail)])]);
    assert(reads > 0 && writes > 0);

    const verified = await operate<Verified>(projectors[0] as string, 'verify');
    assert.equal(verified.agrees, true, JSON.stringify(verified.examples));
    assert(verified.products.left.count >= ids.length);
  });
}

/** Those of the processes that keep the read model. */
async function projecting(adminUrls: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const url of adminUrls) {
    const { operations } = (await (await fetch(`${url}/operations`)).json()) as { operations: string[] };
    if (operations.includes('read-model.rebuild')) found.push(url);
  }
  assert(found.length > 0);
  return found;
}

async function operate<T>(admin: string, name: string): Promise<T> {
  const response = await fetch(`${admin}/operations/read-model.${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const last = (await response.text()).trim().split('\n').at(-1) as string;
  const { result, error } = JSON.parse(last) as { result?: T; error?: { code: string; message: string } };
  assert(result, `${name}: ${error?.code} ${error?.message}`);
  return result;
}
