import { outcomeOf, rejectionName } from '@tributary/product';
import { type CommandStatus, ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { statusOf } from '../../workers/writer/src/product/outcome.ts';
import type { History } from './history.ts';
import { COMMANDS, EVENTS, type Servers } from './system.ts';

interface Folded {
  product: Product;
  deleted: boolean;
}

/** All that a drained system got wrong. */
export function violationsOf(history: History, servers: Servers): string[] {
  const found = [...history.violations];
  const report = (violation: string) => void found.push(violation);
  const { products, outcomes } = fold(servers, report);
  checkCommands(history, servers, outcomes, report);
  checkKeys(history, outcomes, report);
  checkProducts(servers, products, report);
  if (servers.writeStore.tables.outbox.size > 0) report('the outbox is not empty');
  return found;
}

type Report = (violation: string) => void;

/** The events as whoever drops repeats sees them: what they come to, and the one that ends each command. */
function fold({ log }: Servers, report: Report) {
  const products = new Map<string, Folded>();
  const outcomes = new Map<string, ProductEvent>();
  for (const records of log.topics.partitions(EVENTS))
    for (const { value } of records) {
      const event = ProductEvent.decode(value);
      const known = outcomes.get(event.commandId);
      if (known?.eventId === event.eventId) continue;
      if (known) report(`command ${event.commandId} has two ends: ${nameOf(known)} and ${nameOf(event)}`);
      outcomes.set(event.commandId, event);
      apply(event, products, report);
    }
  return { products, outcomes };
}

function apply(event: ProductEvent, products: Map<string, Folded>, report: Report): void {
  const { body, productId, version } = event;
  if (body?.$case !== 'created' && body?.$case !== 'updated' && body?.$case !== 'deleted') return;
  const before = products.get(productId);
  const expected = (before?.product.version ?? 0n) + 1n;
  if (version !== expected) report(`${nameOf(event)} follows version ${expected - 1n} in the topic`);
  if (before?.deleted) report(`${nameOf(event)} brings a deleted product back`);
  products.set(productId, { product: body.value.product as Product, deleted: body.$case === 'deleted' });
}

/** Every command that reached the log has one outcome, and all stores tell the same. */
function checkCommands(history: History, servers: Servers, outcomes: Map<string, ProductEvent>, report: Report): void {
  const logged = new Set<string>();
  for (const records of servers.log.topics.partitions(COMMANDS))
    for (const { value } of records) logged.add(ProductCommand.decode(value).commandId);
  for (const { command, isAcknowledged, isMalformed } of history.sent.values()) {
    const { commandId } = command;
    if (isAcknowledged && !logged.has(commandId)) report(`${commandId} was acknowledged and is not in the log`);
    if (!isAcknowledged && !logged.has(commandId)) continue;
    const event = outcomes.get(commandId);
    if (!event) {
      report(`command ${commandId} has no outcome`);
      continue;
    }
    const told = printable(outcomeOf(event));
    const entry = servers.writeStore.tables.inbox.get(commandId);
    if (!entry || printable(statusOf(entry)) !== told) report(`the inbox tells of ${commandId} other than ${told}`);
    const projected = servers.readModel.outcomes.get(commandId);
    if (!projected || printable(projected) !== told) report(`the read model tells of ${commandId} other than ${told}`);
    if (isMalformed !== (rejectionOf(event) === 'INTERNAL')) report(`${commandId} ended as ${nameOf(event)}`);
    checkContent(command, event, report);
  }
}

/** A change is what the command asked for, of the version that it expected. */
function checkContent({ body: asked, expectedVersion }: ProductCommand, event: ProductEvent, report: Report): void {
  const { body, version } = event;
  if (body?.$case !== 'created' && body?.$case !== 'updated' && body?.$case !== 'deleted') return;
  if (expectedVersion !== undefined && version !== expectedVersion + 1n)
    report(`${nameOf(event)} was to change version ${expectedVersion}`);
  if (`${asked?.$case}d` !== body.$case) report(`${nameOf(event)} came of a ${asked?.$case}`);
  const price = asked?.$case === 'delete' ? undefined : asked?.value.price;
  if (price !== undefined && body.value.product?.price !== price) report(`${nameOf(event)} has not the price ${price}`);
}

/** Of the commands of one key one has an effect at most, and those that ask for the same are told the same. */
function checkKeys({ sent }: History, outcomes: Map<string, ProductEvent>, report: Report): void {
  const keyed = [...sent.values()].filter(({ command }) => command.idempotencyKey !== undefined);
  const byKey = Map.groupBy(keyed, ({ command }) => JSON.stringify([command.caller, command.idempotencyKey]));
  for (const [key, commands] of byKey) {
    const ends = commands.map(({ command }) => outcomes.get(command.commandId)).filter((event) => event !== undefined);
    const handled = ends.filter((event) => rejectionOf(event) !== 'INTERNAL');
    const holders = handled.filter(
      ({ body }) =>
        !(body?.$case === 'completed' && body.value.originalCommandId !== undefined) &&
        !(body?.$case === 'rejected' && rejectionName(body.value.rejection?.code ?? 0) === 'IDEMPOTENCY_KEY_REUSED'),
    );
    if (handled.length > 0 && holders.length !== 1)
      report(`${holders.length} commands took the key ${key}: ${holders.map(nameOf).join(', ')}`);
    for (const event of handled)
      if (event.body?.$case === 'completed' && event.body.value.originalCommandId !== undefined) {
        const [holder] = holders;
        if (holder && outcomeText(outcomeOf(holder)) !== outcomeText(outcomeOf(event)))
          report(`${nameOf(event)} does not repeat ${nameOf(holder)}`);
      }
  }
}

/** The store, the read model and what the events come to are the same, and the cache holds nothing else. */
function checkProducts(servers: Servers, folded: Map<string, Folded>, report: Report): void {
  const stored = servers.writeStore.tables.products;
  const projected = servers.readModel.products;
  for (const id of new Set([...folded.keys(), ...stored.keys(), ...projected.keys()])) {
    const row = stored.get(id);
    const told = textOf(folded.get(id));
    if (told !== textOf(row && { product: row.product, deleted: row.kind === 'deleted' }))
      report(`${id} is stored other than its events tell: ${told}`);
    if (told !== textOf(projected.get(id))) report(`${id} is projected other than its events tell: ${told}`);
  }
  for (const [id, cached] of servers.cache.entries())
    if (textOf(cached) !== textOf(projected.get(id)))
      report(`the cache holds ${textOf(cached)}, but the read model ${textOf(projected.get(id))}`);
}

function textOf(state: Folded | undefined): string {
  if (!state) return 'nothing';
  const { id, version, name, price, updatedAtMs } = state.product;
  return `${id}@${version} ${name} ${price} ${updatedAtMs}${state.deleted ? ' deleted' : ''}`;
}

function rejectionOf({ body }: ProductEvent): string | null {
  return body?.$case === 'rejected' ? rejectionName(body.value.rejection?.code ?? 0) : null;
}

function outcomeText({ state, version, rejection, deleted }: CommandStatus): string {
  return `${state} ${version} ${rejection?.code} ${deleted}`;
}

function printable(status: CommandStatus): string {
  return `${status.productId} ${outcomeText(status)}`;
}

function nameOf({ productId, version, body, commandId }: ProductEvent): string {
  return `${body?.$case} ${productId}@${version} (command ${commandId.slice(-4)})`;
}
