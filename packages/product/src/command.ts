import { createHash } from 'node:crypto';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { newCommandId, newProductId, parseCommandId, parseProductId, productIdForKey } from './ids.ts';
import { accepted, type Parsed, type ProblemCode, refused } from './parsed.ts';
import { parsePrice } from './price.ts';
import { parseCaller, parseDescription, parseIdempotencyKey, parseName } from './text.ts';

/** One field that is refused. */
export interface Problem {
  /** Where in the input, such as `['price']`. */
  readonly path: readonly string[];
  readonly code: ProblemCode;
  readonly message: string;
}

export type ParsedCommand =
  | { readonly ok: true; readonly command: ProductCommand }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Who sends the command and when. */
export interface Issuer {
  caller: string;
  nowMs: number;
}

/** Input as it came: any of its fields may be anything. */
export interface CreateInput {
  name?: unknown;
  description?: unknown;
  price?: unknown;
  idempotencyKey?: unknown;
}

export interface UpdateInput extends CreateInput {
  id?: unknown;
  expectedVersion?: unknown;
}

export interface DeleteInput {
  id?: unknown;
  expectedVersion?: unknown;
  idempotencyKey?: unknown;
}

/** A command to make a product. Its id follows from the idempotency key where there is one. */
export function parseCreate(input: CreateInput, issuer: Issuer): ParsedCommand {
  const fields = collect();
  const idempotencyKey = fields.optional('idempotencyKey', input.idempotencyKey, parseIdempotencyKey);
  const name = fields.take('name', parseName(input.name)) ?? '';
  const description = fields.take('description', parseDescription(input.description)) ?? '';
  const price = fields.take('price', parsePrice(input.price)) ?? '';
  const productId = idempotencyKey === undefined ? newProductId() : productIdForKey(issuer.caller, idempotencyKey);
  return fields.command(issuer, productId, {
    idempotencyKey,
    body: { $case: 'create', value: { name, description, price } },
  });
}

/** A command to change the fields that are given. */
export function parseUpdate(input: UpdateInput, issuer: Issuer): ParsedCommand {
  const fields = collect();
  const productId = fields.take('id', parseProductId(input.id)) ?? '';
  const value = {
    name: fields.optional('name', input.name, parseName),
    description: fields.optional('description', input.description, parseDescription),
    price: fields.optional('price', input.price, parsePrice),
  };
  return fields.command(issuer, productId, { ...fields.guards(input), body: { $case: 'update', value } });
}

/** A command to delete a product. */
export function parseDelete(input: DeleteInput, issuer: Issuer): ParsedCommand {
  const fields = collect();
  const productId = fields.take('id', parseProductId(input.id)) ?? '';
  return fields.command(issuer, productId, { ...fields.guards(input), body: { $case: 'delete', value: {} } });
}

/** What a protobuf int64 and a PostgreSQL bigint hold. */
const MAX_VERSION = 2n ** 63n - 1n;

/** An expected version: a whole number from 1, as a number or bigint, that fits into a protobuf int64. */
export function parseVersion(value: unknown): Parsed<bigint> {
  const isVersion =
    (typeof value === 'bigint' && value >= 1n && value <= MAX_VERSION) ||
    (Number.isSafeInteger(value) && (value as number) >= 1);
  return isVersion
    ? accepted(BigInt(value as number | bigint))
    : refused('NOT_A_VERSION', 'the version is not a whole number from 1');
}

/** The last instant of ECMAScript's time. */
const MAX_TIME_MS = 8_640_000_000_000_000n;

/**
 * Checks a command that came as a record: what these functions made passes, what a foreign producer wrote may not.
 * @returns null, or the first reason to refuse it
 */
export function checkCommand(command: ProductCommand): string | null {
  if (!isCanonical(parseCommandId(command.commandId), command.commandId)) return 'the command id is malformed';
  if (!isCanonical(parseProductId(command.productId), command.productId)) return 'the product id is malformed';
  if (!parseCaller(command.caller).ok) return 'the caller is malformed';
  if (command.issuedAtMs < 0n || command.issuedAtMs > MAX_TIME_MS) return 'the time of issue is no time';
  if (command.causationId !== undefined && !isCanonical(parseCommandId(command.causationId), command.causationId))
    return 'the id of the replayed command is malformed';
  if (command.expectedVersion !== undefined && !parseVersion(command.expectedVersion).ok)
    return 'the expected version is not a version';
  if (command.idempotencyKey !== undefined && !parseIdempotencyKey(command.idempotencyKey).ok)
    return 'the idempotency key is malformed';
  const { body } = command;
  if (!body) return 'the command has no body';
  if (body.$case === 'delete') return null;
  const { name, description, price } = body.value;
  const required = body.$case === 'create';
  if ((required || name !== undefined) && !isCanonical(parseName(name), name)) return 'the name is malformed';
  if ((required || description !== undefined) && !isCanonical(parseDescription(description), description))
    return 'the description is malformed';
  if ((required || price !== undefined) && !isCanonical(parsePrice(price), price)) return 'the price is malformed';
  return null;
}

/**
 * What a command asks for, apart from who, when and under which id: two commands of one idempotency key must agree in it.
 * Fields are in canonical form already, so 1.50 and 1.5 are the same.
 */
export function canonicalBodyHash({ productId, expectedVersion, body }: ProductCommand): Buffer {
  const { name, description, price } = body?.$case === 'create' || body?.$case === 'update' ? body.value : {};
  const content = [
    body?.$case,
    productId,
    name ?? null,
    description ?? null,
    price ?? null,
    expectedVersion?.toString() ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest();
}

function isCanonical(parsed: Parsed<string>, value: string | undefined): boolean {
  return parsed.ok && parsed.value === value;
}

type Content = Pick<ProductCommand, 'body' | 'idempotencyKey' | 'expectedVersion'>;

/** Gathers the problems of all fields, so that a client learns of them at once. */
function collect() {
  const problems: Problem[] = [];

  function take<T>(field: string, parsed: Parsed<T>): T | undefined {
    if (parsed.ok) return parsed.value;
    problems.push({ path: [field], code: parsed.code, message: parsed.message });
    return undefined;
  }

  function optional<T>(field: string, value: unknown, parse: (value: unknown) => Parsed<T>): T | undefined {
    return value === undefined || value === null ? undefined : take(field, parse(value));
  }

  return {
    take,
    optional,
    guards: (input: DeleteInput): Omit<Content, 'body'> => ({
      expectedVersion: optional('expectedVersion', input.expectedVersion, parseVersion),
      idempotencyKey: optional('idempotencyKey', input.idempotencyKey, parseIdempotencyKey),
    }),
    command(issuer: Issuer, productId: string, content: Content): ParsedCommand {
      take('caller', parseCaller(issuer.caller));
      if (problems.length > 0) return { ok: false, problems };
      return {
        ok: true,
        command: {
          commandId: newCommandId(),
          productId,
          caller: issuer.caller,
          issuedAtMs: BigInt(issuer.nowMs),
          ...content,
        },
      };
    },
  };
}
