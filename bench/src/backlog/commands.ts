import type { EventLog, OutgoingRecord } from '@tributary/event-log';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { v7 } from 'uuid';
import { idAt, productAt } from '../catalogue.ts';

const COMMANDS_AT_ONCE = 1_000;
const DEADLINE_MS = 10_000;

/** So many of the commands create a product; the others each change one of them, once all are there. */
const CREATES_SHARE = 0.75;

/** How many products there are in the end. */
export function productsOf(commands: number): number {
  return Math.ceil(commands * CREATES_SHARE);
}

/** Fills a topic with commands. */
export async function publishCommands(log: EventLog, topic: string, count: number): Promise<void> {
  const products = productsOf(count);
  for (let from = 0; from < count; from += COMMANDS_AT_ONCE) {
    const length = Math.min(COMMANDS_AT_ONCE, count - from);
    const records = Array.from({ length }, (_, n) =>
      from + n < products ? create(from + n) : update(from + n - products),
    );
    await log.publish(topic, records, { deadlineMs: DEADLINE_MS });
  }
}

function create(n: number): OutgoingRecord {
  const { name, description, price } = productAt(n);
  return recordOf(n, { $case: 'create', value: { name, description, price } });
}

function update(n: number): OutgoingRecord {
  return recordOf(n, { $case: 'update', value: { price: `${n % 1_000}.5` } });
}

function recordOf(n: number, body: ProductCommand['body']): OutgoingRecord {
  const productId = idAt(n);
  const command = { commandId: v7(), productId, caller: 'anonymous', issuedAtMs: BigInt(Date.now()), body };
  return { key: productId, value: ProductCommand.encode(ProductCommand.fromPartial(command)).finish(), headers: {} };
}
