import { duration } from './live-commands.js';
import { clockTime, element } from './live-elements.js';

/** @typedef {{ type: string, name: string, version: number, atMs: number, lagMs: number }} Arrival */

const MOST_SHOWN = 50;
const WORDS = /** @type {Record<string, string>} */ ({ CREATED: 'created', UPDATED: 'updated', DELETED: 'deleted' });

/**
 * The latest events on the page.
 * @param {HTMLElement} list
 */
export function createEventList(list) {
  // It scrolls, and has nothing inside that takes the focus.
  list.tabIndex = 0;
  return {
    /** @param {readonly Arrival[]} arrivals The oldest first */
    add(arrivals) {
      list.prepend(...arrivals.slice(-MOST_SHOWN).reverse().map(arrivalItem));
      while (list.children.length > MOST_SHOWN) list.lastElementChild?.remove();
    },
  };
}

function arrivalItem(/** @type {Arrival} */ { type, name, version, atMs, lagMs }) {
  const item = element('li', 'event');
  item.dataset.change = type;
  const lag = element('span', 'took', duration(lagMs));
  lag.title = 'from the writer to this page';
  item.append(
    element('time', '', clockTime(atMs)),
    element('strong', '', WORDS[type] ?? type),
    element('span', 'name', name),
    element('span', 'chip', `version ${version}`),
    lag,
  );
  return item;
}
