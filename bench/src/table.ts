import type { Result } from './run.ts';

const COLUMNS = [
  'case',
  'per second',
  'p50 ms',
  'p99 ms',
  'failures',
  'CPU µs per operation, by process',
  'MiB',
] as const;

/** The results as a Markdown table, a heading per stack. */
export function table(results: readonly Result[]): string {
  const stacks = [...new Set(results.map(({ stack }) => stack))];
  return stacks
    .map((stack) => {
      const rows = results.filter((result) => result.stack === stack).map(rowOf);
      return [`\n${stack}\n\n${markdown([[...COLUMNS], ...rows])}`, ...phases(results, stack)].join('\n');
    })
    .join('\n');
}

function rowOf({ name, median: { perSecond, p50Ms, p99Ms, failures, usage } }: Result): string[] {
  const cpu = Object.entries(usage ?? {})
    .filter(([, { cpuUs }]) => cpuUs >= 1)
    .map(([process, { cpuUs }]) => `${process} ${Math.round(cpuUs)}`);
  const mib = Object.values(usage ?? {}).reduce((sum, { rssBytes }) => sum + rssBytes / 1024 ** 2, 0);
  return [
    name,
    number(perSecond, 0),
    number(p50Ms, 1),
    number(p99Ms, 1),
    number(failures, 0),
    cpu.join(', '),
    number(mib > 0 ? mib : undefined, 0),
  ];
}

/** The steps of a command's way, where they were measured. */
function phases(results: readonly Result[], stack: string): string[] {
  return results
    .filter((result) => result.stack === stack && result.median.phasesMs)
    .map(({ name, median: { phasesMs } }) => {
      const lines = Object.entries(phasesMs ?? {}).map(
        ([phase, ms]) => `  ${phase.padEnd(40)} ${number(ms, 1).padStart(6)}`,
      );
      return `\nWhere the time of "${name}" goes, means in ms:\n${lines.join('\n')}`;
    });
}

function number(value: number | undefined, digits: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function markdown(rows: readonly string[][]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column > 0 && column !== COLUMNS.length - 2;
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    ),
  );
  const rule = widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  const [head, ...body] = lines;
  return [head, rule, ...body].map((cells) => `| ${cells?.join(' | ')} |`).join('\n');
}
