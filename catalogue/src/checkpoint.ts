import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import type { Settled } from './ledger.ts';
import type { ImportOptions } from './options.ts';
import { ImportError } from './problem.ts';

const HEAD_BYTES = 64 * 1024;

const content = z.object({
  version: z.literal(1),
  /** What is imported and where to: a checkpoint of anything else is of no use. */
  of: z.string(),
  settled: z.object({
    rows: z.number(),
    counts: z.object({ accepted: z.number(), repeated: z.number(), rejected: z.number() }),
    lastProductId: z.string().nullable(),
  }),
  /** How much of the rejects file belongs to the settled rows. */
  rejectsBytes: z.number(),
});

/** Where an import stands. */
export interface Position {
  readonly settled: Settled;
  readonly rejectsBytes: number;
}

/** Where an import that was stopped is continued from. */
export interface Checkpoint {
  /**
   * What an earlier run of the same import has left; null when there is nothing that fits.
   * @throws ImportError when the file is something else, which must not be overwritten
   */
  read(): Position | null;
  /**
   * Replaces the file as a whole: whoever reads it finds the old one or the new one.
   * @throws ImportError when it cannot be written
   */
  write(position: Position): void;
  remove(): void;
}

/** Is of one catalogue as it is now, for one gateway and one rejects file: after any change the import begins anew. */
export function openCheckpoint({ checkpoint: path, source, url, rejects }: ImportOptions): Checkpoint {
  const of = JSON.stringify({
    source: 'path' in source ? identityOf(source.path) : source,
    url,
    rejects: rejects.path,
  });
  return {
    read() {
      if (!existsSync(path)) return null;
      const found = content.safeParse(parseJson(readFileSync(path, 'utf8'))).data;
      if (!found) throw new ImportError(`${path} is in the way: it is not a checkpoint of an import`);
      // Rejects that were moved away since can only be had again from the beginning.
      const rejectsBytes = existsSync(rejects.path) ? statSync(rejects.path).size : 0;
      return found.of === of && rejectsBytes >= found.rejectsBytes ? found : null;
    },
    write({ settled, rejectsBytes }) {
      try {
        writeFileSync(`${path}.next`, `${JSON.stringify({ version: 1, of, settled, rejectsBytes })}\n`, {
          flush: true,
        });
        renameSync(`${path}.next`, path);
      } catch (error) {
        throw new ImportError(`${path} cannot be written: ${(error as Error).message}; --rejects names another place`);
      }
    },
    remove() {
      rmSync(path, { force: true });
    },
  };
}

/** What a file is known by: its size, its time of change and its beginning. */
function identityOf(path: string) {
  const { size, mtimeMs } = statSync(path);
  const file = openSync(path, 'r');
  const head = Buffer.alloc(HEAD_BYTES);
  const length = readSync(file, head);
  closeSync(file);
  return { size, mtimeMs, headSha256: createHash('sha256').update(head.subarray(0, length)).digest('hex') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
