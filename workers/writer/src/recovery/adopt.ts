import type { InboxEntry } from '../inbox.ts';
import { absent, type ProductState, versionOf } from '../product/decider.ts';
import type { ProductSession, ProductWriteStore } from '../product/products.ts';
import { RecoveryError } from './errors.ts';
import type { AskedFor, PublishedOutcome } from './published-outcome.ts';

export interface Adopting {
  store: ProductWriteStore;
  /** What is known of the commands that came since the dump. */
  commands: ReadonlyMap<string, AskedFor>;
  /** Goes on where versions of a product are missing. */
  acceptLosses: boolean;
}

export interface Adopted {
  adopted: number;
  /** Those that the database had already. */
  known: number;
}

/**
 * Stores published outcomes, in the order of their partition, as the transactions did that decided them: the products, and the
 * entries of the inbox with who holds which key. Nothing is published again.
 * @throws RecoveryError `EVENTS_LOST` when a version is missing
 */
export function adopt(outcomes: readonly PublishedOutcome[], adopting: Adopting): Promise<Adopted> {
  return adopting.store.transaction(async (session) => {
    const fresh = await unknownOf(outcomes, session);
    const ids = new Set(fresh.flatMap(({ product }) => product?.product.id ?? []));
    const states = await session.products.lock([...ids]);
    const readVersions = new Map([...ids].map((id) => [id, versionOf(states.get(id) ?? absent)]));
    for (const { product } of fresh) if (product) evolve(states, product, adopting.acceptLosses);
    const changed = [...ids].map((id) => ({
      state: states.get(id) ?? absent,
      readVersion: readVersions.get(id) ?? 0n,
    }));
    await session.products.save(changed.filter(({ state, readVersion }) => versionOf(state) > readVersion));
    const entries = fresh.map(({ commandId, entry }) => entry(adopting.commands.get(commandId)));
    await session.inbox.add(await withoutHeldKeys(entries, session));
    return { adopted: fresh.length, known: outcomes.length - fresh.length };
  });
}

/** The first of each command that the inbox does not know. */
async function unknownOf(outcomes: readonly PublishedOutcome[], session: ProductSession): Promise<PublishedOutcome[]> {
  const seen = await session.inbox.findSeen(
    outcomes.map(({ commandId }) => commandId),
    [],
  );
  const known = new Set(seen.map(({ commandId }) => commandId));
  return outcomes.filter(({ commandId }) => !known.has(commandId) && known.add(commandId));
}

function evolve(states: Map<string, ProductState>, next: Exclude<ProductState, { kind: 'absent' }>, lossy: boolean) {
  const { id, version } = next.product;
  const before = versionOf(states.get(id) ?? absent);
  if (version <= before) return;
  if (version !== before + 1n && !lossy)
    throw new RecoveryError(
      'EVENTS_LOST',
      `version ${version} of the product ${id} is in the events topic, but not version ${before + 1n}`,
    );
  states.set(id, next);
}

/** A key that expired after the dump, and was taken anew, stays with its first holder. */
async function withoutHeldKeys(entries: readonly InboxEntry[], session: ProductSession): Promise<InboxEntry[]> {
  const keys = entries.flatMap(({ caller, idempotencyKey: key }) => (caller && key ? [{ caller, key }] : []));
  if (keys.length === 0) return [...entries];
  const holders = await session.inbox.findSeen([], keys);
  const held = new Set(holders.map(({ caller, idempotencyKey }) => JSON.stringify([caller, idempotencyKey])));
  return entries.map((entry) =>
    held.has(JSON.stringify([entry.caller, entry.idempotencyKey])) ? { ...entry, idempotencyKey: null } : entry,
  );
}
