import { createHash } from 'node:crypto';
import { stringify, v7 } from 'uuid';
import { accepted, type Parsed, refused } from './parsed.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID_V7_OR_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A command's id: UUIDv7. */
export function newCommandId(): string {
  return v7();
}

/** The id of a product made without an idempotency key: UUIDv7. */
export function newProductId(): string {
  return v7();
}

/**
 * The id of a product made under an idempotency key: UUIDv8 from SHA-256(caller, key), so that a repeat makes the same
 * product whoever accepts it. RFC 9562, section 5.8.
 */
export function productIdForKey(caller: string, key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([caller, key]))
    .digest()
    .subarray(0, 16);
  digest[6] = (digest.readUInt8(6) & 0x0f) | 0x80;
  digest[8] = (digest.readUInt8(8) & 0x3f) | 0x80;
  return stringify(digest);
}

/** A product's id in its canonical form, lower case. */
export function parseProductId(value: unknown): Parsed<string> {
  return parseUuid(value, UUID_V7_OR_V8, 'the product id');
}

/** A command's id in its canonical form, lower case. */
export function parseCommandId(value: unknown): Parsed<string> {
  return parseUuid(value, UUID_V7, 'the command id');
}

/** When a command's id was made, UTC milliseconds: a UUIDv7 begins with it. Takes what `parseCommandId` accepts. */
export function commandIdTimeMs(commandId: string): number {
  return Number.parseInt(commandId.slice(0, 8) + commandId.slice(9, 13), 16);
}

/** Clocks of two machines may differ by this much. */
const CLOCK_SKEW_MS = 60_000;

/** Whether nothing can be known of the command any more, or yet: its id is older than the retention, or from the future. */
export function isExpiredCommandId(commandId: string, nowMs: number, retentionMs: number): boolean {
  const madeMs = commandIdTimeMs(commandId);
  return madeMs < nowMs - retentionMs || madeMs > nowMs + CLOCK_SKEW_MS;
}

function parseUuid(value: unknown, pattern: RegExp, what: string): Parsed<string> {
  if (value === undefined || value === null) return refused('REQUIRED', `${what} is missing`);
  if (typeof value !== 'string' || value.length !== 36) return refused('NOT_AN_ID', `${what} is malformed`);
  const id = value.toLowerCase();
  return pattern.test(id) ? accepted(id) : refused('NOT_AN_ID', `${what} is malformed`);
}
