import { type Cell, table } from '@tributary/service/terminal';

const UNITS = [
  ['day', 24 * 60 * 60 * 1000],
  ['h', 60 * 60 * 1000],
  ['min', 60 * 1000],
  ['s', 1000],
] as const;

/** A duration in its largest whole unit. */
export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms >= one && ms % one === 0) ?? ['ms', 1];
  return quantity(ms / size, unit);
}

/** An age in the largest unit of which there is one, rounded down. */
export function ageText(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms >= one) ?? ['ms', 1];
  return quantity(Math.floor(ms / size), unit);
}

function quantity(count: number, unit: string): string {
  return `${count} ${unit === 'day' && count !== 1 ? 'days' : unit}`;
}

/** Everything that an object holds, a line each, what is nested under the names that lead to it. */
export function sheet(object: unknown, width: number | undefined): string {
  return table({ rows: [...entriesOf('', object)], width });
}

function* entriesOf(path: string, value: unknown): Generator<Cell[]> {
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) yield [path, value.join(', ') || '-'];
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* entriesOf(path === '' ? name : `${path}.${name}`, inner);
  else yield [path, cellOf(value)];
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
}

/** How far a long operation is, whatever it tells: words first, then numbers with what they count. */
export function progressText(operation: string, report: unknown): string {
  if (typeof report !== 'object' || report === null) return `${operation}: ${String(report)}`;
  const { records, total, perSecond, ...others } = report as Record<string, unknown>;
  const share = typeof records === 'number' && typeof total === 'number' && total > 0 ? records / total : null;
  const parts = [
    ...(share === null ? [] : [`${Math.floor(share * 100)} %`, `${cellOf(records)} of ${cellOf(total)} records`]),
    ...Object.entries(others).map(([name, value]) =>
      typeof value === 'number' ? `${cellOf(value)} ${name}` : cellOf(value),
    ),
    ...(perSecond === undefined ? [] : [`${cellOf(perSecond)}/s`]),
  ];
  return `${operation}: ${parts.join(', ')}`;
}
