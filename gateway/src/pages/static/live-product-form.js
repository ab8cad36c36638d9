import { byId, element } from './live-elements.js';

/** @typedef {import('./live-catalogue.js').Product} Product */
/** @typedef {{ name: string, description: string, price: string }} Values */

export const FIELDS = /** @type {const} */ (['name', 'description', 'price']);

/**
 * The form that creates products, and edits one at a time from the version it was opened with.
 * @param {object} options
 * @param {(values: Values, edited: Product | null) => Promise<void>} options.onSubmit
 * @param {(edited: Product) => void} options.onCancel
 */
export function createProductForm({ onSubmit, onCancel }) {
  /** @type {HTMLFormElement} */
  const form = byId('form');
  const notice = byId('form-notice');
  /** @type {HTMLButtonElement} */
  const submit = byId('submit');
  /** @type {Record<keyof Values, HTMLInputElement>} */
  const inputs = { name: byId('name'), description: byId('description'), price: byId('price') };
  /** @type {Product | null} */
  let edited = null;
  let isBusy = false;

  function open(/** @type {Product | null} */ product) {
    edited = product;
    for (const field of FIELDS) inputs[field].value = product?.[field] ?? '';
    byId('form-title').textContent = product ? `Edit ${product.name}` : 'Create a product';
    byId('based-on').textContent = product ? `from version ${product.version}` : '';
    submit.textContent = product ? 'Save changes' : 'Create product';
    byId('cancel').hidden = !product;
    say('');
    showProblems({});
  }

  /** @param {string} text @param {() => void} [loadAnew] */
  function say(text, loadAnew) {
    notice.replaceChildren(text);
    if (!loadAnew) return;
    const button = element('button', 'small', 'Load the new state');
    button.type = 'button';
    button.addEventListener('click', loadAnew);
    notice.append(' ', button);
  }

  /** @param {Record<string, string>} problems */
  function showProblems(problems) {
    for (const field of FIELDS) {
      byId(`${field}-problem`).textContent = problems[field] ?? '';
      if (problems[field]) inputs[field].setAttribute('aria-invalid', 'true');
      else inputs[field].removeAttribute('aria-invalid');
    }
    const first = FIELDS.find((field) => problems[field]);
    if (first) inputs[first].focus();
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    submit.setAttribute('aria-disabled', 'true');
    say('');
    showProblems({});
    const values = /** @type {Values} */ (Object.fromEntries(FIELDS.map((field) => [field, inputs[field].value])));
    await onSubmit(values, edited);
    isBusy = false;
    submit.removeAttribute('aria-disabled');
  });

  function cancel() {
    if (!edited) return;
    const left = edited;
    open(null);
    onCancel(left);
  }
  byId('cancel').addEventListener('click', cancel);
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') cancel();
  });

  return {
    /** Shows the product to be edited, or an empty form for null. */
    open,
    /** @returns {Product | null} */
    edited: () => edited,
    /** Puts what is wrong beside the fields, and the focus into the first. */
    showProblems,
    /** Says something of the whole, with a button that loads the product's new state where that helps. */
    say,
    focus: () => inputs.name.focus(),
    hasFocus: () => form.contains(document.activeElement),
  };
}
