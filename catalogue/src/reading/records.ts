import { LINE_MAX_BYTES, type Line } from './lines.ts';

/** A CSV record and the physical lines that it takes. */
export interface CsvRecord {
  readonly lines: readonly [Line, ...Line[]];
  /** Null when a quote is opened in its first line and never closed; the lines after it are then read as records of their own. */
  readonly fields: readonly string[] | null;
}

/** Records of RFC 4180, a field in quotes over several lines included. Empty lines count for nothing. */
export async function* readRecords(source: AsyncIterator<Line>, delimiter: string): AsyncGenerator<CsvRecord> {
  const again: Line[] = [];
  const next = async (): Promise<Line | undefined> => again.shift() ?? (await source.next()).value;

  for (let first = await next(); first; first = await next()) {
    if (first.text.trim() === '' && !first.fault) continue;
    const lines: [Line, ...Line[]] = [first];
    let text = withoutReturn(first.text);
    let fields = splitRecord(text, delimiter);
    while (!fields && text.length < LINE_MAX_BYTES && lines.at(-1)?.fault !== 'TOO_LARGE') {
      const line = await next();
      if (!line) break;
      lines.push(line);
      text += `\n${withoutReturn(line.text)}`;
      // Only a line with a quote can end a quoted field.
      if (line.text.includes('"')) fields = splitRecord(text, delimiter);
    }
    if (!fields) again.unshift(...lines.splice(1));
    yield { lines, fields };
  }
}

/**
 * The fields of a record; null when it ends within quotes. A quote only opens a field at its very beginning; anywhere
 * else it is a character like any other, as in `12" pan`, and what follows a closing quote belongs to the field.
 */
export function splitRecord(text: string, delimiter: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    let field = '';
    if (text[at] === '"') {
      const end = endOfQuoted(text, at + 1);
      if (end === -1) return null;
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const end = text.indexOf(delimiter, at);
    fields.push(field + text.slice(at, end === -1 ? undefined : end));
    if (end === -1) return fields;
    at = end + delimiter.length;
  }
}

/** Where the closing quote is; a doubled one stands for a quote within the field. */
function endOfQuoted(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  return quote;
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
