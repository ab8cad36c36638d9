/** Where long work tells how it goes. */
export interface Display {
  /** Shows the latest line of progress, if it is time to. */
  show(line: () => string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Takes away a line of progress that would be drawn over. */
  clear(): void;
}

/** What of a terminal, or of what stands in for one, is used. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_EVERY_MS = 5_000;

/** On a terminal one line that is drawn again, elsewhere a line every few seconds. */
export function createDisplay(screen: Screen, nowMs: () => number = () => performance.now()): Display {
  let lastMs = screen.isTTY ? Number.NEGATIVE_INFINITY : nowMs();
  let isDrawn = false;

  function clear(): void {
    if (isDrawn) screen.write('\r\u001b[K');
    isDrawn = false;
  }
  return {
    clear,
    say(text) {
      clear();
      screen.write(`${text}\n`);
    },
    show(line) {
      if (nowMs() - lastMs < (screen.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
      lastMs = nowMs();
      if (!screen.isTTY) {
        screen.write(`${line()}\n`);
        return;
      }
      // A line that wraps could not be drawn over.
      screen.write(`\r\u001b[K${line().slice(0, (screen.columns ?? 80) - 1)}`);
      isDrawn = true;
    },
  };
}
