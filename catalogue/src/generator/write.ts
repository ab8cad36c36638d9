import { createWriteStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { csvLine } from '../csv-line.ts';
import type { CatalogueFile, Format, Generated } from '../options.ts';
import { ImportError } from '../problem.ts';
import { type GeneratedProduct, generateProduct } from './product.ts';

const ROWS_AT_ONCE = 500;

/**
 * Writes generated products to a file.
 * @throws ImportError when it cannot be written
 */
export async function writeCatalogue(products: Generated, out: CatalogueFile, stopping: AbortSignal): Promise<void> {
  const text = Readable.from(catalogueText(products, out.format));
  try {
    await pipeline(text, out.gzip ? createGzip() : new PassThrough(), createWriteStream(out.path), {
      signal: stopping,
    });
  } catch (error) {
    throw new ImportError(`${out.path} cannot be written: ${(error as Error).message}`);
  }
}

/** A catalogue of generated products as text, piece by piece. */
export function* catalogueText({ count, seed }: Generated, format: Format): Generator<string> {
  let piece = format === 'csv' ? csvLine(['key', 'name', 'description', 'price']) : '';
  for (let number = 1; number <= count; number++) {
    piece += line(generateProduct(seed, number), format);
    if (number % ROWS_AT_ONCE !== 0) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function line({ key, name, description, price }: GeneratedProduct, format: Format): string {
  return format === 'csv'
    ? csvLine([key, name, description, price])
    : `${JSON.stringify({ key, name, description, price })}\n`;
}
