import type { Generated } from '../options.ts';
import type { RawRow } from '../reading/raw-row.ts';
import type { RowSource } from '../reading/source.ts';
import { generateProduct } from './product.ts';

/** Generated products as a source of rows: what a file of them would give. */
export function generatedRows({ count, seed }: Generated): RowSource {
  let made = 0;
  async function* rows(): AsyncGenerator<RawRow> {
    for (made = 1; made <= count; made++) yield { line: made, fields: { ...generateProduct(seed, made) } };
  }
  return { rows, share: () => Math.min(1, made / count) };
}
