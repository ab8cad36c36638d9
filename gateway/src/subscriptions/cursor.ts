import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/** The next offset to read of each partition; the index is the partition. */
export type Positions = readonly number[];

/** A secret that cursors are signed with. */
export interface CursorKey {
  /** Tells the keys apart while one replaces another: 1–16 letters, digits, `-` or `_`. */
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: Buffer;
}

/** A key that nobody else has. */
export function randomCursorKey(): CursorKey {
  return { id: 'random', secret: randomBytes(32) };
}

export interface CursorsOptions {
  /** The first signs; all of them are accepted. */
  readonly keys: readonly CursorKey[];
  /** What a cursor is bound to: a position means nothing in another log or topic. */
  readonly log: string;
  readonly topic: string;
  readonly partitions: number;
}

/** Positions as text that clients carry and cannot make. */
export interface Cursors {
  write(positions: Positions): string;
  /** Null for whatever was not written for this log and topic with one of the keys. */
  read(cursor: string): Positions | null;
}

const FORMAT = 1;
/** Of HMAC-SHA-256: more than anyone can guess. */
const SIGNATURE_BYTES = 16;
const KEY_TAG_BYTES = 4;
const MOST_CHARACTERS = 1_024;

/**
 * A cursor is base64url of: the format, four bytes that tell the key, the positions as varints, a signature over these and
 * the log and topic. It needs no more than itself to be understood by another replica, or by this one after a restart.
 */
export function createCursors({ keys, log, topic, partitions }: CursorsOptions): Cursors {
  const [signing] = keys;
  if (!signing) throw new Error('there is no key to sign cursors with');
  const scope = `${log}\n${topic}\n${partitions}\n`;
  const secrets = new Map(keys.map(({ id, secret }) => [tagOf(id).toString('hex'), createSecretKey(secret)]));
  const signingSecret = createSecretKey(signing.secret);
  const head = Buffer.concat([Buffer.from([FORMAT]), tagOf(signing.id)]);

  const sign = (secret: KeyObject, content: Buffer) =>
    createHmac('sha256', secret).update(scope).update(content).digest().subarray(0, SIGNATURE_BYTES);

  return {
    write(positions) {
      const content = Buffer.concat([head, varints(positions)]);
      return Buffer.concat([content, sign(signingSecret, content)]).toString('base64url');
    },
    read(cursor) {
      if (cursor.length > MOST_CHARACTERS) return null;
      const bytes = Buffer.from(cursor, 'base64url');
      // Characters that belong to no base64url are passed over by the decoder: one cursor has one spelling.
      if (bytes.toString('base64url') !== cursor) return null;
      if (bytes.length < head.length + SIGNATURE_BYTES || bytes[0] !== FORMAT) return null;
      const secret = secrets.get(bytes.subarray(1, 1 + KEY_TAG_BYTES).toString('hex'));
      if (!secret) return null;
      const content = bytes.subarray(0, -SIGNATURE_BYTES);
      if (!timingSafeEqual(sign(secret, content), bytes.subarray(-SIGNATURE_BYTES))) return null;
      return readVarints(content.subarray(head.length), partitions);
    },
  };
}

function tagOf(keyId: string): Buffer {
  return hash('sha256', keyId, 'buffer').subarray(0, KEY_TAG_BYTES);
}

function varints(values: Positions): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

function readVarints(bytes: Buffer, count: number): number[] | null {
  const values: number[] = [];
  let value = 0;
  let unit = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * unit;
    unit *= 0x80;
    if (byte >= 0x80) continue;
    values.push(value);
    value = 0;
    unit = 1;
  }
  return values.length === count && unit === 1 && values.every(Number.isSafeInteger) ? values : null;
}
