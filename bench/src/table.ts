import { type Change, compare } from './comparison.ts';
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
/** Columns that hold one number. */
const NUMBERS = [1, 2, 3, 4, 6];

/** The results as a Markdown table, a heading per stack. */
export function table(results: readonly Result[]): string {
  const stacks = [...new Set(results.map(({ stack }) => stack))];
  return stacks
    .map((stack) => {
      const rows = results.filter((result) => result.stack === stack).map(rowOf);
      return [
        `\n${stack}\n\n${markdown([[...COLUMNS], ...rows], NUMBERS)}`,
        figures(results, stack),
        comparisons(results, stack),
        ...phases(results, stack),
      ].join('\n');
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

/** What single cases measure beside the rest. */
function figures(results: readonly Result[], stack: string): string {
  const rows = results
    .filter((result) => result.stack === stack)
    .flatMap(({ name, median: { figures } }) =>
      Object.entries(figures ?? {}).map(([figure, value]) => [name, figure, number(value, digitsOf(value))]),
    );
  return rows.length === 0 ? '' : `\n${markdown([['case', 'figure', 'value'], ...rows], [2])}`;
}

/** Three that tell something. */
function digitsOf(value: number): number {
  return Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

/** What cases cost beyond what they were measured in turns with. */
function comparisons(results: readonly Result[], stack: string): string {
  const rows = compare(results.filter((result) => result.stack === stack)).map(
    ({ name, against, pairs, all, byProcess, p50, p99 }) => [
      name,
      against,
      String(pairs),
      percent(all),
      Object.entries(byProcess)
        .map(([process, change]) => `${process} ${percent(change)}`)
        .join(', '),
      percent(p50),
      percent(p99),
    ],
  );
  const head = ['case', 'against', 'pairs', 'CPU of all processes, %', 'by process', 'p50, %', 'p99, %'];
  return rows.length === 0 ? '' : `\n${markdown([head, ...rows], [2])}`;
}

function percent({ median, low, high }: Change): string {
  return `${signed(median)} (${signed(low)} to ${signed(high)})`;
}

function signed(change: number): string {
  return `${change < 0 ? '−' : '+'}${number(Math.abs(change), 1)}`;
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

/** @param numbers columns that are aligned to the right */
function markdown(rows: readonly string[][], numbers: readonly number[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...body].map((row) =>
    row.map((cell, column) =>
      numbers.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    ),
  );
  const rule = widths.map((width, column) =>
    numbers.includes(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
