import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@tributary/e2e';
import type { Case } from '../measurement.ts';
import type { Stack } from '../stack.ts';
import { usedBy } from '../usage.ts';

/** `npm run import` with generated products, from the start of its process to its end. Every product has its outcome then. */
export function importCases(stack: Stack, products: number): Case[] {
  let seed = 0;
  return [
    {
      name: `import of ${products.toLocaleString('en')}`,
      warmsUp: true,
      run: () =>
        usedBy(stack.processes, async () => {
          seed += 1; // other products each time: what is there already is not sent
          const started = performance.now();
          await importProducts(stack.url, products, seed);
          const seconds = (performance.now() - started) / 1_000;
          return { operations: products, perSecond: products / seconds };
        }),
    },
  ];
}

const LONGEST_MS = 120_000;

async function importProducts(url: string, products: number, seed: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-import-'));
  try {
    const importer = startProcess('import', 'catalogue/src/main.ts', {}, [
      ...['--generate', String(products), '--seed', String(seed), '--url', url],
      ...['--rejects', join(folder, 'rejects.csv')],
    ]);
    const code = await importer.ended(LONGEST_MS);
    if (code !== 0) throw new Error(`the import ended with ${code}:\n${importer.output()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
