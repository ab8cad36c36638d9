import { type Colors, clock, NO_LEVEL, showLine } from './log-line.ts';

/** The one stream that everything is shown in. */
export interface Output {
  /** Shows a line that a process printed. */
  printed(source: string, line: string, stream: 'stdout' | 'stderr'): void;
  /** Tells something of the stack itself, under the name of what it is about. */
  tell(source: string, text: string, kind?: 'plain' | 'good' | 'bad'): void;
}

export interface OutputOptions {
  /** Takes whole lines. */
  readonly write: (text: string) => void;
  /** All that will be heard of, so that columns are even. Each has its color. */
  readonly sources: readonly string[];
  readonly colors: Colors;
  /** UTC milliseconds. Default: the system's clock. */
  readonly nowMs?: () => number;
}

const PALETTE = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;

/** Shows lines as `time name level message field=value`, in even columns. */
export function createOutput({ write, sources, colors, nowMs = Date.now }: OutputOptions): Output {
  const width = Math.max(...sources.map((source) => source.length));

  function label(source: string): string {
    const index = sources.indexOf(source);
    const color = index < PALETTE.length ? PALETTE[index] : undefined;
    const text = source.padEnd(width);
    return color ? colors[color](text) : colors.bold(text);
  }

  function show(source: string, time: string, rows: readonly string[]): void {
    const lines = rows.map((row, n) => {
      const at = n === 0 ? time : ' '.repeat(time.length);
      return `${colors.dim(at)} ${label(source)} ${row}`.trimEnd();
    });
    write(`${lines.join('\n')}\n`);
  }

  return {
    printed(source, line, stream) {
      const { time, rows } = showLine(line, stream, colors, nowMs());
      show(source, time, rows);
    },
    tell(source, text, kind = 'plain') {
      const paint = { plain: String, good: colors.green, bad: (row: string) => colors.bold(colors.red(row)) }[kind];
      const rows = text.split('\n').map((row) => paint(`${NO_LEVEL}${row}`));
      show(source, clock(nowMs()), rows);
    },
  };
}
