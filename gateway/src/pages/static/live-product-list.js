import { clockTime, element } from './live-elements.js';

/** @typedef {import('./live-catalogue.js').Product} Product */
/** @typedef {{ type: 'CREATED' | 'UPDATED', atMs: number }} Change */

const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The list of products on the page. A row stays the same element as long as its product is shown, so that focus stays.
 * @param {object} options
 * @param {HTMLElement} options.list
 * @param {(product: Product) => void} options.onEdit
 * @param {(product: Product) => void} options.onDelete
 */
export function createProductList({ list, onEdit, onDelete }) {
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  list.tabIndex = -1;

  /**
   * @param {readonly Product[]} products
   * @param {ReadonlyMap<string, Change>} changes The last that came of each product
   */
  function render(products, changes) {
    const ids = new Set(products.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      rows.delete(id);
      leave(row.item);
    }
    let at = list.firstElementChild;
    for (const product of products) {
      let row = rows.get(product.id);
      if (!row) {
        row = createRow({ onEdit, onDelete });
        rows.set(product.id, row);
      }
      row.show(product, changes.get(product.id));
      while (at instanceof HTMLElement && at.inert) at = at.nextElementSibling;
      if (at === row.item) at = at.nextElementSibling;
      else list.insertBefore(row.item, at);
    }
  }

  /** What had the focus goes: the next row takes it, or else the list. */
  function leave(/** @type {HTMLElement} */ item) {
    if (item.contains(document.activeElement)) {
      const near = item.nextElementSibling ?? item.previousElementSibling;
      const target = near?.querySelector('button') ?? list;
      target.focus();
    }
    item.inert = true;
    item.dataset.change = 'DELETED';
    if (stillness.matches) return item.remove();
    const leaving = item.animate([{}, { opacity: 0, transform: 'translateX(1rem)' }], {
      duration: 450,
      easing: 'ease-in',
    });
    leaving.finished.then(() => item.remove());
  }

  return {
    render,
    /** @param {string} id */
    focus: (id) => (rows.get(id)?.edit ?? list).focus(),
  };
}

/** @param {{ onEdit(product: Product): void, onDelete(product: Product): void }} options */
function createRow({ onEdit, onDelete }) {
  const name = element('h3');
  const description = element('p', 'description');
  const price = element('p', 'price');
  const version = element('span', 'chip');
  const mark = element('span', 'mark');
  const edit = element('button', 'small', 'Edit');
  const remove = element('button', 'small', 'Delete');
  const item = element('li', 'product');
  const meta = element('p', 'meta');
  const tools = element('div', 'tools');
  meta.append(version, mark);
  tools.append(edit, remove);
  item.append(name, price, description, meta, tools);
  /** @type {Product} */
  let shown;
  /** @type {Change | undefined} */
  let marked;

  edit.type = 'button';
  remove.type = 'button';
  edit.addEventListener('click', () => onEdit(shown));
  askTwice(
    remove,
    () => shown.name,
    () => onDelete(shown),
  );

  return {
    item,
    edit,
    /** @param {Product} product @param {Change | undefined} change */
    show(product, change) {
      if (product !== shown) {
        shown = product;
        name.textContent = product.name;
        description.textContent = product.description;
        price.textContent = product.price;
        version.textContent = `version ${product.version}`;
        edit.setAttribute('aria-label', `Edit ${product.name}`);
        remove.setAttribute('aria-label', `Delete ${product.name}`);
      }
      if (!change || change === marked) return;
      marked = change;
      item.dataset.change = change.type;
      mark.textContent = `${change.type === 'CREATED' ? 'new' : 'changed'} at ${clockTime(change.atMs)}`;
      if (!stillness.matches)
        item.animate([{ backgroundColor: 'var(--flash)' }, {}], { duration: 1_400, easing: 'ease-out' });
    },
  };
}

/**
 * The first press asks, the second does it. To go elsewhere takes the first back.
 * @param {HTMLButtonElement} button
 * @param {() => string} name
 * @param {() => void} act
 */
function askTwice(button, name, act) {
  let isAsked = false;
  function ask(/** @type {boolean} */ asked) {
    isAsked = asked;
    button.textContent = asked ? 'Really delete?' : 'Delete';
    button.setAttribute('aria-label', asked ? `Really delete? Press again to delete ${name()}` : `Delete ${name()}`);
    button.toggleAttribute('data-asked', asked);
  }
  button.addEventListener('click', () => {
    if (isAsked) act();
    ask(!isAsked);
  });
  button.addEventListener('blur', () => ask(false));
  button.addEventListener('keydown', ({ key }) => key === 'Escape' && ask(false));
}
