import type { Change } from './topic.ts';

/** What a subscriber asks, and what it is to be told of each change. */
export interface Ask {
  /** Takes where to go on as the variable `after`. */
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  wants(change: Change): boolean;
  /** What is told of a change, but for its cursor. */
  tells(change: Change): object;
}

interface Selection {
  readonly text: string;
  tells(change: Change): object;
}

const whole: Selection = {
  text: `id type productId version commandId occurredAt cursor
    product { id version name description price createdAt updatedAt }`,
  tells: ({ partition, offset, ...event }) => event,
};

const brief: Selection = {
  text: 'type productId version',
  tells: ({ type, productId, version }) => ({ type, productId, version }),
};

/** What the event carries, and what another subgraph adds to it. */
const federated: Selection = {
  text: 'cursor productId version product { name stock }',
  tells: ({ productId, version, product }) => ({
    productId,
    version,
    product: product && { name: product.name, stock: stockOf(productId) },
  }),
};

/** The figure that the inventory of the tests has of a product. */
export function stockOf(productId: string): number {
  return Number.parseInt(productId.slice(-4), 16);
}

const everything = (selection: Selection): Ask => ({
  query: `subscription Everything($after: String) { productEvents(after: $after) { ${selection.text} } }`,
  variables: {},
  wants: () => true,
  tells: selection.tells,
});

const ofType = (field: string, type: Change['type'], selection: Selection): Ask => ({
  query: `subscription OfType($after: String) { ${field}(after: $after) { ${selection.text} } }`,
  variables: {},
  wants: (change) => change.type === type,
  tells: selection.tells,
});

const ofTypes = (types: readonly Change['type'][], selection: Selection): Ask => ({
  query: `subscription OfTypes($types: [ProductEventType!], $after: String) {
    productEvents(types: $types, after: $after) { ${selection.text} }
  }`,
  variables: { types },
  wants: ({ type }) => types.includes(type),
  tells: selection.tells,
});

/** So much of every event that few of them fill what a socket holds. */
export function allChangesAtLength(times: number): Ask {
  const aliases = Array.from({ length: times }, (_, n) => `d${n}: description`);
  return everything({
    text: `productId version product { ${aliases.join(' ')} }`,
    tells: ({ productId, version, product }) => ({
      productId,
      version,
      product: product && Object.fromEntries(aliases.map((_, n) => [`d${n}`, product.description])),
    }),
  });
}

const ofProducts = (productIds: readonly string[], selection: Selection): Ask => ({
  query: `subscription OfProducts($ids: [ID!], $after: String) {
    productEvents(productIds: $ids, after: $after) { ${selection.text} }
  }`,
  variables: { ids: productIds },
  wants: ({ productId }) => productIds.includes(productId),
  tells: selection.tells,
});

/** Asks of every kind: with and without a filter, of the event alone and of what another subgraph has. */
export function allAsks(productIds: readonly string[]): readonly Ask[] {
  const half = Math.ceil(productIds.length / 2);
  return [
    everything(whole),
    everything(federated),
    everything(brief),
    ofType('productCreated', 'CREATED', brief),
    ofType('productUpdated', 'UPDATED', federated),
    ofType('productDeleted', 'DELETED', whole),
    ofTypes(['UPDATED', 'DELETED'], whole),
    ofTypes(['CREATED', 'DELETED'], federated),
    ofProducts(productIds.slice(0, half), whole),
    ofProducts(productIds.slice(half), federated),
  ];
}

/** The whole of every event, by itself. */
export const allChanges: Ask = everything(whole);

/** The whole of the events of some products. */
export const changesOf = (productIds: readonly string[]): Ask => ofProducts(productIds, whole);
