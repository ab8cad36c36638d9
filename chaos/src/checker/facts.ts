import type { CommandRecord, EventRecord, Evidence, Outcome, StoredProduct } from '../evidence/evidence.ts';
import { type Change, type Entry, isChange, type SeenProduct, type Told } from '../history/entry.ts';
import { markIn } from '../history/mark.ts';

/** What a fault had to bring about, beside no harm. */
export interface Observation {
  fault: string;
  expected: string;
  isMet: boolean;
}

/** All that is judged. */
export interface Case {
  /** In the order in which operations were begun. */
  history: readonly Entry[];
  evidence: Evidence;
  observations: readonly Observation[];
}

/** An answer that tells of a command, with the entry that it belongs to. */
export interface Telling {
  entry: Entry;
  told: Told;
  /** Null where REST tells none and the topic has several of the intention. */
  commandId: string | null;
}

/** A read of one product, on its own or for the answer to a change. */
export interface ProductRead {
  entry: Entry;
  productId: string;
  minVersion: number | null;
  product: SeenProduct | null;
}

/** A case, with what belongs together put together. */
export interface Facts extends Case {
  /** The commands of the topic by id, repeats dropped. */
  commands: ReadonlyMap<string, CommandRecord>;
  commandsOfMark: ReadonlyMap<string, readonly CommandRecord[]>;
  /** The outcomes of the inbox by command. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** The commands that hold a key. */
  holders: ReadonlySet<string>;
  /** The events of a command, repeats (of the same event id) dropped. */
  eventsOfCommand: ReadonlyMap<string, readonly EventRecord[]>;
  /** The product events of a product as a reader takes them: those whose version is above what it saw. */
  changesOfProduct: ReadonlyMap<string, readonly EventRecord[]>;
  products: ReadonlyMap<string, StoredProduct>;
  /** The tries of an intention. */
  triesOfMark: ReadonlyMap<string, readonly (Entry & { operation: Change })[]>;
  tellings: readonly Telling[];
  reads: readonly ProductRead[];
}

export function factsOf(given: Case): Facts {
  const { history, evidence } = given;
  const commands = new Map(evidence.commands.toReversed().map((record) => [record.commandId, record]));
  const commandsOfMark = groupBy([...commands.values()], ({ key, name }) => markIn(key, name));
  const tries = history.filter((entry): entry is Entry & { operation: Change } => isChange(entry.operation));
  return {
    ...given,
    commands,
    commandsOfMark,
    outcomes: new Map(evidence.inbox.map(({ commandId, outcome }) => [commandId, outcome])),
    holders: new Set(evidence.inbox.filter(({ key }) => key !== null).map(({ commandId }) => commandId)),
    eventsOfCommand: groupBy(distinctEvents(evidence.events), ({ commandId }) => commandId),
    changesOfProduct: changesOf(evidence.events),
    products: new Map(evidence.products.map((product) => [product.id, product])),
    triesOfMark: groupBy(tries, ({ operation }) => operation.mark),
    tellings: history.flatMap((entry) => tellingOf(entry, commandsOfMark)),
    reads: history.flatMap(readsIn),
  };
}

export function isProductEvent({ kind }: EventRecord): boolean {
  return kind === 'created' || kind === 'updated' || kind === 'deleted';
}

/** Whether two states of a product are the same. */
export function isSameProduct(a: StoredProduct, b: StoredProduct): boolean {
  return (
    a.id === b.id &&
    a.version === b.version &&
    a.deleted === b.deleted &&
    a.name === b.name &&
    a.description === b.description &&
    a.price === b.price
  );
}

export function isSameOutcome(a: Outcome, b: Outcome): boolean {
  return a.state === b.state && a.productId === b.productId && a.version === b.version && a.rejection === b.rejection;
}

/** The entries that are about a product. */
export function entriesOfProduct(history: readonly Entry[], productId: string): Entry[] {
  return history.filter(({ operation, answer }) => {
    if ('productId' in operation && operation.productId === productId) return true;
    if (answer.kind === 'told') return answer.productId === productId;
    return answer.kind === 'product' && answer.product?.id === productId;
  });
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function distinctEvents(events: readonly EventRecord[]): EventRecord[] {
  const seen = new Set<string>();
  return events.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
}

function changesOf(events: readonly EventRecord[]): Map<string, EventRecord[]> {
  const highest = new Map<string, number>();
  const taken = events.filter((event) => {
    if (!isProductEvent(event) || event.version <= (highest.get(event.productId) ?? 0)) return false;
    highest.set(event.productId, event.version);
    return true;
  });
  return groupBy(taken, ({ productId }) => productId);
}

function tellingOf(entry: Entry, commandsOfMark: Facts['commandsOfMark']): Telling[] {
  const { operation, answer } = entry;
  if (answer.kind !== 'told') return [];
  const ofMark = isChange(operation) ? (commandsOfMark.get(operation.mark) ?? []) : [];
  const commandId = answer.commandId ?? (ofMark.length === 1 ? ofMark[0]!.commandId : null);
  return [{ entry, told: answer, commandId }];
}

function readsIn(entry: Entry): ProductRead[] {
  const { operation, answer } = entry;
  if (operation.kind === 'read' && answer.kind === 'product')
    return [{ entry, productId: operation.productId, minVersion: operation.minVersion, product: answer.product }];
  if (answer.kind !== 'told' || answer.product === undefined || answer.productId === null) return [];
  return [{ entry, productId: answer.productId, minVersion: answer.version, product: answer.product }];
}
