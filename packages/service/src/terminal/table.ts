/** A number is written with thousands apart and stands at the right; null is an empty cell. */
export type Cell = string | number | null;

export interface Table {
  /** Names of the columns. Default: none are shown. */
  head?: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** Columns of the screen: longer lines are made to fit by cutting the widest cells. Default: nothing is cut. */
  width?: number | undefined;
}

const GAP = '  ';
/** No column is cut to less. */
const NARROWEST = 8;
const CUT = '…';

/** A table as lines with aligned columns, each ending in a line feed. */
export function table({ head, rows, width }: Table): string {
  const isNumber = (head ?? rows[0] ?? []).map(
    (_, column) => rows.some((row) => typeof row[column] === 'number') && rows.every((row) => isNumeric(row[column])),
  );
  const lines = [...(head ? [head] : []), ...rows].map((row) => row.map(text));
  const widths = fitting(widest(lines), width ?? Number.POSITIVE_INFINITY);
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => aligned(cell, widths[column] ?? 0, isNumber[column] === true));
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

function isNumeric(cell: Cell | undefined): boolean {
  return cell === null || typeof cell === 'number';
}

/** What a foreign producer wrote may hold anything, also what a terminal would take for an order. */
function text(cell: Cell): string {
  if (typeof cell === 'number') return cell.toLocaleString('en-US');
  return (cell ?? '').replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]+/gu, ' ');
}

function widest(lines: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...lines.map((line) => line.length));
  return Array.from({ length: columns }, (_, column) => Math.max(...lines.map((line) => length(line[column] ?? ''))));
}

/** Takes from the widest column, again and again, until all of them fit or none can give any more. */
function fitting(widths: readonly number[], screen: number): number[] {
  const given = [...widths];
  const gaps = GAP.length * (given.length - 1);
  const total = () => given.reduce((sum, one) => sum + one, gaps);
  while (total() > screen) {
    const most = Math.max(...given);
    if (most <= NARROWEST) break;
    const runnerUp = Math.max(NARROWEST, ...given.filter((one) => one < most));
    given[given.lastIndexOf(most)] = Math.max(runnerUp, most - (total() - screen), NARROWEST);
    if (given.every((one) => one <= NARROWEST)) break;
  }
  return given;
}

function aligned(cell: string, width: number, right: boolean): string {
  const shown = length(cell) <= width ? cell : `${[...cell].slice(0, width - 1).join('')}${CUT}`;
  const padding = ' '.repeat(width - length(shown));
  return right ? padding + shown : shown + padding;
}

function length(cell: string): number {
  return [...cell].length;
}
