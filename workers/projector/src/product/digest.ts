import { hash } from 'node:crypto';
import { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { CommandOutcome, ProductState } from './read-model/read-model.ts';

/** How many items there are of a kind, and a checksum of them that does not depend on their order. */
export interface Digest {
  count: number;
  /** 128 bits in hexadecimal. */
  checksum: string;
}

export interface Digesting {
  /** Takes the hash of an item in. */
  add(hash: Buffer): void;
  result(): Digest;
}

const MODULUS = 1n << 64n;

/** The sum of the items' hashes, in two halves modulo 2^64: any order gives it, and a repeat or a loss changes it. */
export function createDigest(): Digesting {
  let [count, high, low] = [0, 0n, 0n];
  return {
    add(hash) {
      count += 1;
      high = (high + hash.readBigUInt64BE(0)) % MODULUS;
      low = (low + hash.readBigUInt64BE(8)) % MODULUS;
    },
    result: () => ({ count, checksum: hex(high) + hex(low) }),
  };
}

const hex = (half: bigint) => half.toString(16).padStart(16, '0');

/** 32 bytes over everything that a product is, deleted or not. */
export function hashOfProduct({ product, deleted }: ProductState): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from([Number(deleted)]), Product.encode(product).finish()]), 'buffer');
}

/** 32 bytes over an outcome and when it was decided. */
export function hashOfOutcome({ status, decidedAtMs }: CommandOutcome): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigInt64BE(BigInt(decidedAtMs));
  return hash('sha256', Buffer.concat([time, CommandStatus.encode(status).finish()]), 'buffer');
}
