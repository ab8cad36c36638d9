import { parseCreate, parseDelete, parseUpdate } from '@tributary/product';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { v7 } from 'uuid';

interface From {
  idempotencyKey?: string;
  expectedVersion?: number;
  caller?: string;
}

/** A command to make a product; under `productId` when the test wants to choose. */
export function create(fields: { name?: string; price?: string; productId?: string } & From = {}): ProductCommand {
  const { name = 'Lamp', price = '19.99', productId, caller, ...rest } = fields;
  const command = accepted(parseCreate({ name, price, description: 'It shines.', ...rest }, issuer(caller)));
  return productId === undefined ? command : { ...command, productId };
}

export function update(id: string, fields: { name?: string; price?: string } & From = {}): ProductCommand {
  const { caller, ...rest } = fields;
  return accepted(parseUpdate({ id, ...rest }, issuer(caller)));
}

export function remove(id: string, { caller, ...rest }: From = {}): ProductCommand {
  return accepted(parseDelete({ id, ...rest }, issuer(caller)));
}

/** The same request once more, as a client sends it that does not know what became of the first. */
export function again(command: ProductCommand): ProductCommand {
  return { ...command, commandId: v7() };
}

function issuer(caller = 'anonymous') {
  return { caller, nowMs: Date.now() };
}

function accepted(parsed: ReturnType<typeof parseCreate>): ProductCommand {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.command;
}
