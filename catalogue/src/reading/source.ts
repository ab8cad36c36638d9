import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { CatalogueFile } from '../options.ts';
import { ImportError } from '../problem.ts';
import { readCsv } from './csv.ts';
import { readLines } from './lines.ts';
import { readNdjson } from './ndjson.ts';
import type { RawRow } from './raw-row.ts';

export interface RowSource {
  /** The rows from the first one on, read as they are wanted. */
  rows(): AsyncIterable<RawRow>;
  /** How much of it has been read, 0 to 1. */
  share(): number;
}

/** Small pieces, so that the share that has been read is never far ahead of the rows. */
const PIECE_BYTES = 16 * 1024;

/**
 * The rows of a file.
 * @throws ImportError when it cannot be opened
 */
export async function openFile({ path, format, gzip }: CatalogueFile): Promise<RowSource> {
  const sizeBytes = await sizeOf(path);
  let readBytes = 0;

  async function* chunks(): AsyncGenerator<Buffer> {
    readBytes = 0;
    const input = createReadStream(path, { highWaterMark: PIECE_BYTES });
    input.on('data', (chunk) => {
      readBytes += chunk.length;
    });
    const output = gzip ? createGunzip() : new PassThrough();
    // A failure of either stage comes out at the end of the last one.
    const piped = pipeline(input, output).catch((error: Error) => output.destroy(error));
    try {
      yield* output;
      await piped;
    } catch (error) {
      const isDamaged = gzip && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
      throw new ImportError(
        `${path} ${isDamaged ? 'is not gzip, or is damaged' : 'cannot be read'}: ${(error as Error).message}`,
      );
    } finally {
      input.destroy();
    }
  }
  return {
    rows() {
      const lines = readLines(chunks());
      return format === 'csv' ? readCsv(lines) : readNdjson(lines);
    },
    share: () => (sizeBytes === 0 ? 1 : Math.min(1, readBytes / sizeBytes)),
  };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new ImportError(`${path} ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.message}`}`);
  });
  if (!found.isFile()) throw new ImportError(`${path} is not a file`);
  return found.size;
}
