import type { EventLog } from '@tributary/event-log';
import { type Operation, type OperationContext, OperationError, operation } from '@tributary/service';
import { z } from 'zod';
import { endsOf } from './catch-up.ts';
import { type Generations, type ReadModel, ReadModelError } from './read-model/read-model.ts';
import type { Rebuilding, Rebuilt } from './rebuild.ts';

export interface ReadModelOperationsOptions {
  log: EventLog;
  eventsTopic: string;
  readModel: Pick<ReadModel, 'generation' | 'generations'>;
  rebuilding: Rebuilding;
  /** Aborted when the projector stops. */
  stopping: AbortSignal;
}

const nothing = z.strictObject({});

/**
 * What an operator may have done with the read model:
 *
 * | name | input | result |
 * |---|---|---|
 * | `read-model.status` | | `GenerationsTold` |
 * | `read-model.rebuild` | `acceptDifferences` | `RebuiltTold` |
 * | `read-model.verify` | | `RebuiltTold` |
 * | `read-model.rollback` | | `generation`, `previous` |
 * | `read-model.drop` | | `dropped` |
 *
 * `rebuild` and `verify` report their `Progress`. Codes of errors: `NOT_BUILT`, `UNAVAILABLE`, `READ_MODEL_BUSY`, `CHECK_FAILED`,
 * `CACHE_UNAVAILABLE`, `NOT_PROJECTED`, `NOTHING_TO_ROLL_BACK_TO`, `GENERATION_TOO_OLD`, `LEASE_LOST`, `EXPORT_FAILED`.
 */
export function readModelOperations(options: ReadModelOperationsOptions): Operation[] {
  const { rebuilding, stopping } = options;

  function running({ signal, progress }: OperationContext) {
    return { signal: AbortSignal.any([signal, stopping]), onProgress: progress };
  }

  return [
    operation('read-model.status', nothing, () => told(statusOf(options))),
    operation(
      'read-model.rebuild',
      z.strictObject({
        /** Has the new generation serve although it is not as the one that serves: that one is known to be wrong. */
        acceptDifferences: z.boolean().default(false),
      }),
      async ({ acceptDifferences }, context) =>
        rebuiltTold(await told(rebuilding.rebuild({ ...running(context), acceptDifferences }))),
    ),
    operation('read-model.verify', nothing, async (_, context) =>
      rebuiltTold(await told(rebuilding.verify(running(context)))),
    ),
    operation('read-model.rollback', nothing, (_, context) => told(rebuilding.rollBack(running(context)))),
    operation('read-model.drop', nothing, async (_, context) => ({
      dropped: await told(rebuilding.drop(running(context))),
    })),
  ];
}

/** How the generations stand. */
export interface GenerationsTold {
  /** How often serving was switched. */
  switches: number;
  /** Whether a process builds or changes them now. */
  isLeased: boolean;
  generations: {
    name: string;
    state: 'serving' | 'kept' | 'being built';
    products: number;
    tombstones: number;
    outcomes: number;
    /** Events that it has not been given yet, or that the cache has not been told of. */
    lag: number;
    /** The next offset by partition, in decimal. */
    positions: Record<string, string>;
  }[];
}

async function statusOf({ log, eventsTopic, readModel }: ReadModelOperationsOptions): Promise<GenerationsTold> {
  const found = await readModel.generations();
  if (found === null) throw new OperationError('NOT_BUILT', 'the read model is not built yet');
  const ends = await endsOf(log, eventsTopic);
  const generations = await Promise.all(
    [...found.maintained].map(async ([name, positions]) => ({
      name,
      state: stateOf(name, found),
      ...(await readModel.generation(name).count()),
      lag: [...ends].reduce((sum, [partition, end]) => sum + behind(positions.get(partition) ?? 0n, end), 0),
      positions: Object.fromEntries([...positions].map(([partition, offset]) => [partition, String(offset)])),
    })),
  );
  return { switches: found.switches, isLeased: found.isLeased, generations };
}

function stateOf(name: string, { serving, unproven }: Generations): 'serving' | 'kept' | 'being built' {
  if (name === serving) return 'serving';
  return unproven.has(name) ? 'being built' : 'kept';
}

function behind(position: bigint, end: bigint): number {
  return Math.max(0, Number(end - position));
}

/** What a rebuild or a verification came to. */
export type RebuiltTold = ReturnType<typeof rebuiltTold>;

const MAX_EXAMPLES = 10;

function rebuiltTold({ generation, previous, products, outcomes, fillingMs, comparison, differences }: Rebuilt) {
  return {
    generation,
    previous,
    /** What the write side exported. */
    exported: { products, outcomes, fillingMs, perSecond: Math.round((products * 1_000) / Math.max(1, fillingMs)) },
    /** Counts and checksums, `left` of the generation that served, `right` of the new one. */
    products: comparison.products,
    tombstones: comparison.tombstones,
    outcomes: comparison.outcomes,
    /** Items that differed while events came, and did no more when both generations had them. */
    settled: comparison.differingProducts.length + comparison.differingOutcomes.length - differences.length,
    agrees: differences.length === 0,
    differing: differences.length,
    examples: differences.slice(0, MAX_EXAMPLES),
  };
}

/** Tells the operator of what has a stable code. */
async function told<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (error instanceof OperationError) throw error;
    const code = codeOf(error);
    if (code === null) throw error;
    throw new OperationError(code, (error as Error).message, { cause: error });
  }
}

const TOLD = ['NOT_PROJECTED', 'GENERATION_TOO_OLD', 'EXPORT_FAILED'];

function codeOf(error: unknown): string | null {
  if (error instanceof ReadModelError) return error.code;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && TOLD.includes(code) ? code : null;
}
