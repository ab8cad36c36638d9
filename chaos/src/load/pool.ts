import type { Random } from '@tributary/service/random';
import type { Change } from '../history/entry.ts';

/** What the clients know together: products to change, changes to try again, commands to ask for. */
export interface Pool {
  addProduct(id: string): void;
  /** One of the latest products, deleted ones among them; null while there is none. */
  product(random: Random): string | null;
  addChange(change: Change): void;
  /** A change that was made before, to be made again. */
  change(random: Random): Change | null;
  addCommand(id: string): void;
  command(random: Random): string | null;
}

/** So few that clients meet at them. */
const MAX_PRODUCTS = 60;
const MAX_CHANGES = 50;
const MAX_COMMANDS = 200;

export function createPool(): Pool {
  const products = latest<string>(MAX_PRODUCTS);
  const changes = latest<Change>(MAX_CHANGES);
  const commands = latest<string>(MAX_COMMANDS);
  return {
    addProduct: products.add,
    product: products.pick,
    addChange: changes.add,
    change: changes.pick,
    addCommand: commands.add,
    command: commands.pick,
  };
}

function latest<T>(limit: number) {
  const items = new Set<T>();
  return {
    add(item: T): void {
      items.add(item);
      if (items.size <= limit) return;
      const [oldest] = items;
      items.delete(oldest as T);
    },
    pick: (random: Random): T | null => (items.size === 0 ? null : random.pick([...items])),
  };
}
