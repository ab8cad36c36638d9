import { table } from '@tributary/service/terminal';
import type { Command } from '../command.ts';

/** What of `products.history` of a writer is shown. */
interface ProductHistory {
  productId: string;
  events: readonly {
    version: number;
    type: string;
    at: string;
    caller: string;
    commandId: string;
    eventId: string;
    partition: number;
    offset: string;
    rejection: { code: string } | null;
  }[];
  complete: boolean;
  repeats: number;
  unreadable: number;
  current: { version: number; deleted: boolean; name: string; price: string; updatedAt: string } | null;
}

export const productCommands: readonly Command[] = [
  {
    name: 'products history',
    args: 'ID',
    summary: 'the events of a product: who did what, when, by which command',
    help: `Reads the product's partition of the events topic from its beginning, so older events than the topic keeps (7 days) are missing: the
last line says so. Repeats are dropped. --json has the whole product after each event too.`,
    arity: [1, 1],
    async run({ args: [id], call, width }) {
      const history = await call<ProductHistory>('products.history', { id });
      return { json: history, text: eventsText(history, width) + summary(history) };
    },
  },
];

function eventsText({ events }: ProductHistory, width: number | undefined): string {
  if (events.length === 0) return '';
  const rows = events.map(({ version, type, rejection, at, caller, commandId, eventId, partition, offset }) => [
    version,
    rejection ? `${type} ${rejection.code}` : type,
    at,
    caller,
    commandId,
    eventId,
    `${partition}/${offset}`,
  ]);
  const head = ['version', 'event', 'when', 'who', 'command', 'event id', 'partition/offset'];
  return `${table({ head, rows, width })}\n`;
}

function summary({ events, complete, repeats, unreadable, current }: ProductHistory): string {
  const lines = [
    nowText(current),
    current && !complete ? 'Older events are no longer kept.' : '',
    events.length === 0 && !current ? 'The topic has no events of it.' : '',
    repeats > 0 ? `${repeats} repeated records are left out.` : '',
    unreadable > 0 ? `${unreadable} records under this id are no events.` : '',
  ];
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}

function nowText(current: ProductHistory['current']): string {
  if (!current) return 'The write model has no such product.';
  const { version, deleted, name, price, updatedAt } = current;
  return `Now: version ${version}, ${deleted ? 'deleted' : `"${name}" at ${price}`}, since ${updatedAt}.`;
}
