import { duration } from './live-commands.js';
import { element } from './live-elements.js';

/** @typedef {import('./live-commands.js').Command} Command */

/**
 * The commands on the page, each with the steps it took.
 * @param {object} options
 * @param {HTMLElement} options.list
 * @param {(command: Command) => void} options.onLoadAnew Its product has another version than it expected
 */
export function createCommandList({ list, onLoadAnew }) {
  /** @type {Map<Command, { item: HTMLElement, steps: number }>} */
  let rows = new Map();

  function row(/** @type {Command} */ command) {
    const known = rows.get(command);
    const item = known?.item ?? element('li', 'command');
    if (known?.steps !== command.steps.length) item.replaceChildren(...content(command));
    return { item, steps: command.steps.length };
  }

  function content(/** @type {Command} */ command) {
    const title = element('h3', '', `${command.kind} `);
    title.append(element('span', '', command.name));
    const steps = element('ol', 'steps');
    steps.append(...command.steps.map((step, index) => stepItem(step, command.steps[index - 1])));
    if (command.rejection?.code !== 'VERSION_CONFLICT' || command.productId === null) return [title, steps];
    const load = element('button', 'small', 'Load the new state');
    load.type = 'button';
    load.addEventListener('click', () => onLoadAnew(command));
    return [title, steps, load];
  }

  return {
    /** @param {readonly Command[]} commands The newest first */
    render(commands) {
      rows = new Map(commands.map((command) => [command, row(command)]));
      const items = [...rows.values()].map(({ item }) => item);
      for (const old of [...list.children]) if (!items.some((item) => item === old)) old.remove();
      items.forEach((item, index) => {
        if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      });
    },
  };
}

/**
 * @param {import('./live-commands.js').Step} step
 * @param {import('./live-commands.js').Step | undefined} previous
 */
function stepItem(step, previous) {
  const item = element('li');
  item.dataset.tone = step.tone;
  item.append(element('strong', '', step.label));
  if (previous) item.append(' ', element('span', 'took', `+${duration(step.atMs - previous.atMs)}`));
  if (step.detail) item.append(' ', element('span', 'detail', step.detail));
  return item;
}
