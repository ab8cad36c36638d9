import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeInventory, supergraphWithInventory } from '../../../gateway/src/testing/inventory.ts';
import { stockOf } from './asks.ts';

/** One subgraph more than the project's own, of which no event knows. */
export interface Inventory {
  /** What gateways have to be told of it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startInventory(): Promise<Inventory> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-live-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraphWithInventory());
  const subgraph = await fakeInventory(stockOf);
  return {
    env: { SUPERGRAPH_FILE: file, SUBGRAPH_URLS: `inventory=${subgraph.url}` },
    async stop() {
      await subgraph.stop();
      await rm(folder, { recursive: true });
    },
  };
}
