import type picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** What is shown of one line that a service printed: the first row, and what belongs to it in the rows below. */
export interface ShownLine {
  /** Local time, HH:MM:SS.mmm. */
  readonly time: string;
  readonly rows: readonly [string, ...string[]];
}

/** As wide as the longest level. */
const LEVEL_WIDTH = 5;
/** What stands where others have their level. */
export const NO_LEVEL = ' '.repeat(LEVEL_WIDTH + 1);
/** Shown in their own columns, or of no use among processes of one machine. */
const SHOWN_ELSEWHERE = new Set(['level', 'time', 'service', 'pid', 'hostname', 'msg', 'err']);

/**
 * Makes a line for people from a line of a service: of its JSON log, or anything else that a process prints.
 * @param nowMs for lines that say no time
 */
export function showLine(line: string, stream: 'stdout' | 'stderr', colors: Colors, nowMs: number): ShownLine {
  const record = stream === 'stdout' ? parsedRecord(line) : null;
  if (record === null) {
    const text = `${NO_LEVEL}${line}`;
    return { time: clock(nowMs), rows: [stream === 'stderr' ? colors.red(text) : text] };
  }
  const paint = levelColor(record.level, colors);
  const fields = Object.entries(record).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  const shown = [
    paint(record.level.toUpperCase().padEnd(LEVEL_WIDTH)),
    record.level === 'info' ? record.msg : paint(record.msg),
    ...fields.map(([name, value]) => colors.dim(`${name}=${fieldText(value)}`)),
  ];
  const below = errorRows(record.err).map((row) => `${NO_LEVEL}${paint(row)}`);
  return { time: clock(Date.parse(record.time)), rows: [shown.filter(Boolean).join(' '), ...below] };
}

/** HH:MM:SS.mmm of this machine's time zone. */
export function clock(ms: number): string {
  const time = new Date(ms);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

interface LogRecord {
  level: string;
  time: string;
  msg: string;
  [field: string]: unknown;
}

/** Null: not a record of our log. */
function parsedRecord(line: string): LogRecord | null {
  if (!line.startsWith('{')) return null;
  try {
    const { level, time, msg = '', ...fields } = JSON.parse(line) as Record<string, unknown>;
    if (typeof level !== 'string' || typeof time !== 'string' || Number.isNaN(Date.parse(time))) return null;
    return { level, time, msg: String(msg), ...fields };
  } catch {
    return null;
  }
}

function levelColor(level: string, colors: Colors): (text: string) => string {
  if (level === 'fatal' || level === 'error') return colors.red;
  if (level === 'warn') return colors.yellow;
  return level === 'info' ? colors.green : colors.dim;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

/** The stack of an error as the log has it, or the error itself. */
function errorRows(err: unknown): string[] {
  if (err === undefined || err === null) return [];
  const { stack } = err as { stack?: unknown };
  return typeof stack === 'string' ? stack.split('\n') : [JSON.stringify(err)];
}
