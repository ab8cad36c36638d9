/**
 * @typedef {object} Product
 * @property {string} id
 * @property {number} version
 * @property {string} name
 * @property {string} description
 * @property {string} price
 * @property {string} createdAt
 *
 * @typedef {object} ProductEvent
 * @property {'CREATED' | 'UPDATED' | 'DELETED'} type
 * @property {string} productId
 * @property {number} version
 * @property {string} commandId
 * @property {string} occurredAt
 * @property {Product | null} product
 *
 * @typedef {object} Reading What a query answered.
 * @property {readonly Product[]} products The newest, newest first
 * @property {number} totalCount
 * @property {boolean} totalCountIsExact
 *
 * @typedef {{ version: number, isSure: boolean }} Known Of a deleted product too: its last version stands over older news
 */

/** Products whose version is remembered: shown, deleted, or only seen to change. */
const MOST_REMEMBERED = 20_000;

/**
 * The newest products, from readings and events in whatever order they come: of one product, the higher version stands.
 * @param {object} [options]
 * @param {number} [options.most] Products held; the rest is counted
 */
export function createCatalogue({ most = 200 } = {}) {
  /** @type {Map<string, Product>} */
  const shown = new Map();
  /** @type {Map<string, Known>} */
  const known = new Map();
  /** Shown before events were lost: whether they are still there, a reading must say. @type {Set<string>} */
  const doubted = new Set();
  let total = 0;
  let totalIsExact = true;

  function remember(/** @type {string} */ id, /** @type {Known} */ entry) {
    known.delete(id);
    known.set(id, entry);
    if (known.size > MOST_REMEMBERED) known.delete(/** @type {string} */ (known.keys().next().value));
  }

  function trim() {
    if (shown.size > most) for (const { id } of newestFirst().slice(most)) shown.delete(id);
  }

  const newestFirst = () => [...shown.values()].sort(byAge);

  /** Older than all that is shown, while not all is shown: it is one of the rest. */
  function isOutOfReach(/** @type {Product} */ product) {
    if (shown.has(product.id) || total <= shown.size) return false;
    const oldest = newestFirst().at(-1);
    return oldest !== undefined && byAge(oldest, product) < 0;
  }

  return {
    /**
     * Takes in what a query answered.
     * @param {Reading} reading
     * @param {{ isSure: boolean }} options sure: it was read long enough after the first event that no event is missing
     *   between the two, so that from here on versions must follow each other
     */
    read({ products, totalCount, totalCountIsExact }, { isSure }) {
      for (const product of products) {
        const entry = known.get(product.id);
        doubted.delete(product.id);
        if (entry && entry.version > product.version) continue;
        shown.set(product.id, product);
        remember(product.id, { version: product.version, isSure: isSure || entry?.isSure === true });
      }
      for (const id of doubted) shown.delete(id);
      doubted.clear();
      trim();
      total = Math.max(totalCount, shown.size);
      totalIsExact = totalCountIsExact;
    },

    /**
     * Takes in an event.
     * @param {ProductEvent} event
     * @returns {{ isNew: boolean, missed: number, name: string | null }} whether it told anything, how many changes of
     *   the product must have come before it and did not, and the product's name where it is known
     */
    apply({ type, productId, version, product }) {
      const entry = known.get(productId);
      const name = product?.name ?? shown.get(productId)?.name ?? null;
      doubted.delete(productId);
      if (entry && version <= entry.version) return { isNew: false, missed: 0, name };
      const missed = entry?.isSure ? version - entry.version - 1 : 0;
      remember(productId, { version, isSure: true });
      if (type === 'CREATED') total += 1;
      if (type === 'DELETED') total = Math.max(0, total - 1);
      if (!product) shown.delete(productId);
      else if (!isOutOfReach(product)) shown.set(productId, product);
      trim();
      return { isNew: true, missed, name };
    },

    /** Events were lost: nothing that is known is sure until it is read or told again. */
    doubt() {
      for (const id of shown.keys()) doubted.add(id);
      for (const entry of known.values()) entry.isSure = false;
    },

    /** @returns {readonly Product[]} the newest first */
    products: newestFirst,
    /** @returns {Product | undefined} */
    find: (/** @type {string} */ id) => shown.get(id),
    /** How many there are, and how many of them are not among `products`. */
    counts: () => ({
      total: Math.max(total, shown.size),
      rest: Math.max(0, total - shown.size),
      isExact: totalIsExact,
    }),
  };
}

/** The order of the API's list: the newest first. */
function byAge(/** @type {Product} */ one, /** @type {Product} */ other) {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
