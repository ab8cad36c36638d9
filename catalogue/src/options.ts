import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ImportError } from './problem.ts';

/** Rows in one request: as many as the gateway takes fields in one operation. */
export const BATCH_MAX = 25;

export const HELP = `npm run import -- FILE [OPTION ...]
npm run import -- --generate N [OPTION ...]

Brings a catalogue of products in through the gateway. It may be stopped and run again: it continues, and doubles nothing.
FILE is .csv with a header line or .ndjson, either also as .gz. Columns: name, description, price and, optionally, key.

  --url URL          the gateway (default http://127.0.0.1:4000)
  --rejects FILE     where rows go that did not go in, .csv or .ndjson (default FILE.rejects.csv or FILE.rejects.ndjson)
  --concurrency N    requests in flight, 1 to 1024 (default 128)
  --batch N          products in one request, 1 to ${BATCH_MAX} (default 10)
  --dry-run          check the rows and send nothing
  --generate N       make N products and import them
  --seed N           which products are made, a whole number (default 1)
  --out FILE         write the products that are made to FILE instead, .csv or .ndjson, either also as .gz
  --help             this text

Exit code: 0 every row went in or was there, 2 some rows were rejected, 1 it could not go on, 130 it was stopped.
`;

export type Format = 'csv' | 'ndjson';

export interface CatalogueFile {
  readonly path: string;
  readonly format: Format;
  readonly gzip: boolean;
}

/** Products that are made: the first `count` of those that a seed gives. */
export interface Generated {
  readonly count: number;
  readonly seed: number;
}

export interface ImportOptions {
  readonly source: CatalogueFile | Generated;
  /** Base URL of the gateway, or that of its GraphQL endpoint. */
  readonly url: string;
  readonly rejects: { readonly path: string; readonly format: Format };
  /** Where an import that was stopped is continued from: beside the rejects. */
  readonly checkpoint: string;
  readonly concurrency: number;
  readonly batch: number;
  readonly dryRun: boolean;
}

export type CommandLine =
  | { readonly task: 'help' }
  | { readonly task: 'write'; readonly products: Generated; readonly out: CatalogueFile }
  | { readonly task: 'import'; readonly options: ImportOptions };

const flags = {
  url: { type: 'string', default: 'http://127.0.0.1:4000' },
  rejects: { type: 'string' },
  concurrency: { type: 'string', default: '128' },
  batch: { type: 'string', default: '10' },
  'dry-run': { type: 'boolean', default: false },
  generate: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 * @throws ImportError that names the first problem
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (values.help) return { task: 'help' };

  const [path, ...more] = positionals;
  if (more.length > 0) throw new ImportError(`one FILE at a time: ${more.join(' ')} is too much`);
  if (path !== undefined && values.generate !== undefined) throw new ImportError('give a FILE or --generate, not both');
  if (values.generate === undefined && (values.seed ?? values.out) !== undefined)
    throw new ImportError(`--${values.seed === undefined ? 'out' : 'seed'} goes with --generate`);
  if (path === undefined && values.generate === undefined)
    throw new ImportError('name a FILE, or --generate N; --help tells more');

  const source =
    path === undefined
      ? {
          count: whole('generate', values.generate, 1, 1_000_000_000),
          seed: whole('seed', values.seed ?? '1', 0, 0xffff_ffff),
        }
      : catalogueFile(path);
  if (values.out !== undefined) return { task: 'write', products: source as Generated, out: catalogueFile(values.out) };
  return { task: 'import', options: importOptions(source, values) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new ImportError(`${sentence?.replace(/\.$/, '')}; --help lists the options`);
  }
}

function importOptions(source: CatalogueFile | Generated, values: ReturnType<typeof parse>['values']): ImportOptions {
  const base = 'path' in source ? source.path : `generated-${source.seed}`;
  const defaultFormat = 'path' in source ? source.format : 'csv';
  const rejects = catalogueFile(values.rejects ?? `${base}.rejects.${defaultFormat}`);
  if (rejects.path === base || rejects.gzip)
    throw new ImportError('--rejects must be another file than FILE, and no .gz');
  if (!URL.canParse(values.url) || !/^https?:$/.test(new URL(values.url).protocol))
    throw new ImportError(`--url ${values.url} is not an HTTP URL`);
  return {
    source,
    url: values.url,
    rejects,
    checkpoint: join(dirname(rejects.path), `${basename(base)}.checkpoint`),
    concurrency: whole('concurrency', values.concurrency, 1, 1_024),
    batch: whole('batch', values.batch, 1, BATCH_MAX),
    dryRun: values['dry-run'],
  };
}

function whole(name: string, given: string | undefined, least: number, most: number): number {
  const value = Number(given);
  if (given && /^\d+$/.test(given) && value >= least && value <= most) return value;
  throw new ImportError(`--${name} ${given} is not a whole number from ${least} to ${most}`);
}

function catalogueFile(path: string): CatalogueFile {
  const [, ending, gz] = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(path) ?? [];
  if (!ending) throw new ImportError(`${path} ends in neither .csv nor .ndjson, nor in these and .gz`);
  return { path, format: ending.toLowerCase() === 'csv' ? 'csv' : 'ndjson', gzip: gz !== undefined };
}
