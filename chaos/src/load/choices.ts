import type { Random } from '@tributary/service/random';
import type { Change, Content, Operation } from '../history/entry.ts';
import { keyFor, nameWith } from '../history/mark.ts';
import type { Known } from './known.ts';
import type { Pool } from './pool.ts';

/** What a client does next: one operation, or several at once. */
export type Choice =
  | { kind: 'one'; operation: Operation }
  /** The same change by several gateways at the same time. */
  | { kind: 'race'; changes: readonly Change[] };

export interface Choosing {
  random: Random;
  pool: Pool;
  known: Known;
  /** A mark that no change had before. */
  newMark(): string;
}

const words = ['Desk', 'Chair', 'Lamp', 'Shelf', 'Kettle', 'Clock', 'Mirror', 'Basket'] as const;
const materials = ['Oak.', 'Walnut, oiled.', 'Brass and glass.', 'Blue enamel.'] as const;
/** 1.50 is 1.5: the repeat of a key must know it. */
const prices = ['5', '19.99', '1.50', '0.0001', '99999999999.9999', '120'] as const;

const weights = {
  create: 18,
  update: 34,
  delete: 4,
  again: 8,
  command: 8,
  read: 22,
  search: 6,
} as const;

export function choose(choosing: Choosing): Choice {
  const { random, pool } = choosing;
  const kind = random.weighted(weights);
  if (kind === 'again') {
    const change = pool.change(random);
    return change ? again(change, choosing) : perhapsRaced(create(choosing), choosing);
  }
  if (kind === 'command') {
    const commandId = pool.command(random);
    return commandId ? one({ kind, commandId }) : perhapsRaced(create(choosing), choosing);
  }
  if (kind === 'search') return one({ kind, text: random.pick(words).slice(0, random.chance(0.5) ? 3 : 20) });
  const productId = pool.product(random);
  if (kind === 'create' || productId === null) return perhapsRaced(create(choosing), choosing);
  if (kind === 'read') return one({ kind, productId, minVersion: minVersionFor(productId, choosing) });
  return perhapsRaced(kind === 'update' ? update(productId, choosing) : remove(productId, choosing), choosing);
}

function create(choosing: Choosing): Change {
  const mark = choosing.newMark();
  return {
    kind: 'create',
    mark,
    productId: null,
    expectedVersion: null,
    content: contentOf(mark, choosing),
    ...givenTo(mark, 0.4, choosing),
  };
}

function update(productId: string, choosing: Choosing): Change {
  const { random, known } = choosing;
  const mark = choosing.newMark();
  const version = known.version(productId);
  return {
    kind: 'update',
    mark,
    productId,
    expectedVersion: version > 0 && random.chance(0.5) ? version : null,
    content: contentOf(mark, choosing),
    ...givenTo(mark, 0.25, choosing),
  };
}

/** Always with a key: nothing else of it tells what it was meant to be. */
function remove(productId: string, choosing: Choosing): Change {
  const { random, known } = choosing;
  const mark = choosing.newMark();
  const version = known.version(productId);
  return {
    kind: 'delete',
    mark,
    productId,
    expectedVersion: version > 0 && random.chance(0.3) ? version : null,
    content: null,
    ...givenTo(mark, 1, choosing),
  };
}

function givenTo(mark: string, keyChance: number, { random }: Choosing): Pick<Change, 'key' | 'wait'> {
  return { key: random.chance(keyChance) ? keyFor(mark) : null, wait: random.chance(0.85) };
}

/** A change that was made before: as it was, or, under its key, with another content. */
function again(change: Change, { random }: Choosing): Choice {
  const isOther = change.key !== null && change.content !== null && random.chance(0.25);
  if (!isOther) return one({ ...change, wait: random.chance(0.85) });
  return one({ ...change, content: { ...change.content!, description: 'Another content.' } });
}

function perhapsRaced(change: Change, { random }: Choosing): Choice {
  if (change.key === null || !random.chance(0.3)) return one(change);
  return { kind: 'race', changes: Array.from({ length: 2 + random.below(2) }, () => change) };
}

function contentOf(mark: string, { random }: Choosing): Content {
  return { name: nameWith(random.pick(words), mark), description: random.pick(materials), price: random.pick(prices) };
}

function minVersionFor(productId: string, { random, known }: Choosing): number | null {
  const version = known.version(productId);
  return version > 0 && random.chance(0.7) ? version : null;
}

function one(operation: Operation): Choice {
  return { kind: 'one', operation };
}
