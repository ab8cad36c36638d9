import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistry } from '@tributary/service';
import { exported } from './exporters.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

const root = join(import.meta.dirname, '..', '..', '..');
const FOLDERS = ['gateway', 'packages', 'standalone', 'subgraphs', 'workers'];
const DEFINITION = /\b(Counter|Gauge|Histogram|createDurations)(?:<[^>]*>)?\(\{[^}]*?\bname: '(tributary_\w+)'/g;

/** Every metric that there is, by its name without `_bucket`, `_sum` and `_count`: of our code, of Node, of exporters. */
export async function knownMetrics(): Promise<ReadonlyMap<string, MetricType>> {
  return new Map([...(await definedMetrics()), ...(await nodeMetrics()), ...Object.entries(exported)]);
}

/** Those that our code defines, as it stands. */
async function definedMetrics(): Promise<[string, MetricType][]> {
  const found: [string, MetricType][] = [];
  for (const folder of FOLDERS)
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.includes('node_modules')) continue;
      const source = await readFile(join(root, folder, file), 'utf8');
      for (const [, maker, name] of source.matchAll(DEFINITION)) found.push([name as string, typeOf(maker as string)]);
    }
  return found;
}

async function nodeMetrics(): Promise<[string, MetricType][]> {
  const metrics = await createRegistry().getMetricsAsJSON();
  return metrics.map(({ name, type }) => [name, type as unknown as MetricType]);
}

function typeOf(maker: string): MetricType {
  return maker === 'createDurations' ? 'histogram' : (maker.toLowerCase() as MetricType);
}

/** The type of a series by its name, such as that of `x_bucket` by the histogram `x`; undefined when nobody has it. */
export function typeOfSeries(known: ReadonlyMap<string, MetricType>, series: string): MetricType | undefined {
  const histogram = series.replace(/_(bucket|sum|count)$/, '');
  if (histogram !== series && known.get(histogram) === 'histogram') return 'histogram';
  const type = known.get(series);
  return type === 'histogram' ? undefined : type;
}
