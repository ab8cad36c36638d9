import assert from 'node:assert/strict';
import type { OperationContext } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { RebuiltTold } from '../product/operations.ts';
import type { Projector } from '../projector.ts';
import type { WriteSide } from './write-side.ts';

/** Has a projector do what an operator asks of its read model. */
export function operate<T>(
  projector: Projector | undefined,
  name: string,
  input: object = {},
  context: Partial<OperationContext> = {},
): Promise<T> {
  const operation = projector?.operations.find((one) => one.name === `read-model.${name}`);
  assert(operation);
  return operation.run(input, { signal: new AbortController().signal, progress: () => {}, ...context }) as Promise<T>;
}

export interface Reader {
  getProduct(request: {
    id: string;
    minVersion?: bigint;
    waitMs?: number;
  }): Promise<{ product?: { version: bigint } | undefined }>;
}

export interface LoadOptions {
  /** Two replicas. */
  projectors: readonly Projector[];
  readers: readonly Reader[];
  writeSide: WriteSide;
  /** At least 8 products. */
  ids: readonly string[];
  /** How long a plain read may answer from a cache that is not told yet, in milliseconds. */
  cacheLagMs: number;
}

const STEPS = [
  [0, 'rebuild'],
  [1, 'rollback'],
  [0, 'verify'],
  [1, 'rebuild'],
  [0, 'rollback'],
  [1, 'rollback'],
] as const;

/**
 * Rebuilds, rolls back and verifies while products change all the time, and asserts that no read through any reader goes back:
 * what any of them has answered, all answer from then on.
 * @returns what the rebuilds and the verification came to
 */
export async function rebuildUnderLoad(options: LoadOptions): Promise<RebuiltTold[]> {
  const { projectors, readers, writeSide, ids, cacheLagMs } = options;
  const [busy, calm] = [ids.slice(0, 6), ids.slice(6, 8)];
  const seen = new Map<string, bigint>();
  let [isLoading, reads] = [true, 0];

  async function write(): Promise<void> {
    for (let n = 0; isLoading; n += 1) {
      await Promise.all(busy.map((id) => writeSide.change(id)));
      if (n % 3 === 0) await Promise.all(calm.map((id) => writeSide.change(id)));
      if (n % 5 === 0) await writeSide.delete(await writeSide.change());
    }
  }

  /** Past the cache where that is behind, so never behind what any reader has answered. */
  async function readNew(reader: Reader): Promise<void> {
    while (isLoading)
      for (const id of busy) {
        const minVersion = seen.get(id) ?? 1n;
        const { product } = await reader.getProduct({ id, minVersion, waitMs: 10_000 });
        assert(product && product.version >= minVersion, `${id} went back from ${minVersion} to ${product?.version}`);
        if (product.version > (seen.get(id) ?? 0n)) seen.set(id, product.version);
        reads += 1;
      }
  }

  /** Through the cache. */
  async function readPlain(reader: Reader): Promise<void> {
    const last = new Map<string, bigint>();
    while (isLoading)
      for (const id of calm) {
        const wanted = last.get(id) ?? 0n;
        const lateMs = performance.now() + cacheLagMs;
        let version: bigint | undefined;
        do version = (await reader.getProduct({ id })).product?.version;
        while ((version ?? 0n) < wanted && performance.now() < lateMs);
        assert(version !== undefined && version >= wanted, `${id} went back from ${wanted} to ${version}`);
        last.set(id, version);
      }
  }

  async function operateAll(): Promise<RebuiltTold[]> {
    const told: RebuiltTold[] = [];
    try {
      for (const [n, name] of STEPS) {
        const wanted = reads + 60;
        await until('more is read', () => reads >= wanted, 30_000);
        const result = await operate<RebuiltTold>(projectors[n], name);
        if (name !== 'rollback') told.push(result);
      }
      return told;
    } finally {
      isLoading = false;
    }
  }
  const fail = (error: unknown) => {
    isLoading = false;
    throw error;
  };
  const [told] = await Promise.all([
    operateAll(),
    write().catch(fail),
    ...readers.flatMap((reader) => [readNew(reader).catch(fail), readPlain(reader).catch(fail)]),
  ]);
  return told;
}
