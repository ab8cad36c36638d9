import type { Counts } from './ledger.ts';

/** What there is to tell of a run. */
export interface Standing {
  readonly counts: Counts;
  /** Rows that earlier runs had settled. */
  readonly rowsBefore: number;
  /** Rows that have been read, and the share of the catalogue that they are, 0 to 1. */
  readonly read: { readonly rows: number; readonly share: number };
  /** Since this run began. */
  readonly elapsedMs: number;
  /** Why nothing goes on just now. */
  readonly trouble: string | null;
}

const BAR_CHARACTERS = 24;
const TROUBLE_CHARACTERS = 80;

/** One line: a bar, rows per second, the time that is left, counts. */
export function progressLine(standing: Standing): string {
  const { counts, trouble } = standing;
  const share = shareDone(standing);
  const parts = [
    `${bar(share)} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
    `${number(rate(standing))}/s`,
    ...timeLeft(standing, share),
    `${number(counts.accepted)} accepted, ${number(counts.repeated)} already there, ${number(counts.rejected)} rejected`,
    ...(trouble === null ? [] : [`waiting: ${trouble.slice(0, TROUBLE_CHARACTERS)}`]),
  ];
  return parts.join('  ');
}

/** What there is to tell at the end, a line each. */
export function summary(standing: Standing, rejectsPath: string): string {
  const { counts, elapsedMs } = standing;
  const lines = [
    ['rows', number(rowsOf(counts))],
    ['accepted', number(counts.accepted)],
    ['already there', number(counts.repeated)],
    ['rejected', `${number(counts.rejected)}${counts.rejected > 0 ? `, see ${rejectsPath}` : ''}`],
    ['took', `${(elapsedMs / 1_000).toFixed(1)} s, ${number(rate(standing))} rows/s`],
  ] as const;
  return lines.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join('\n');
}

function rowsOf({ accepted, repeated, rejected }: Counts): number {
  return accepted + repeated + rejected;
}

/** What has been read is ahead of what has an outcome. */
function shareDone({ counts, read }: Standing): number {
  return read.rows === 0 ? 0 : read.share * Math.min(1, rowsOf(counts) / read.rows);
}

/** Rows per second of this run. */
function rate({ counts, rowsBefore, elapsedMs }: Standing): number {
  return elapsedMs <= 0 ? 0 : Math.round((rowsOf(counts) - rowsBefore) / (elapsedMs / 1_000));
}

function timeLeft(standing: Standing, share: number): string[] {
  const perSecond = rate(standing);
  if (share === 0 || perSecond === 0) return [];
  const rows = rowsOf(standing.counts);
  const leftS = Math.round((rows / share - rows) / perSecond);
  const [hours, minutes, seconds] = [Math.floor(leftS / 3_600), Math.floor(leftS / 60) % 60, leftS % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return [`${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)} left`];
}

function bar(share: number): string {
  const full = Math.floor(share * BAR_CHARACTERS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARACTERS - full)}]`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
