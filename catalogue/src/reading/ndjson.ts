import type { Line } from './lines.ts';
import { faultyRow, type RawRow, unreadable } from './raw-row.ts';

/** One JSON object per line; empty lines count for nothing. */
export async function* readNdjson(lines: AsyncIterable<Line>): AsyncGenerator<RawRow> {
  for await (const line of lines) {
    const { fault } = line;
    if (fault) yield faultyRow({ ...line, fault });
    else if (line.text.trim() !== '') yield rowOf(line);
  }
}

function rowOf({ number, text }: Line): RawRow {
  let value: unknown;
  try {
    value = JSON.parse(text, literally);
  } catch {
    return unreadable(number, 'the line is not JSON', text.trimEnd());
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return unreadable(number, 'the line is not a JSON object', text.trimEnd());
  const { key, name, description, price } = value as Record<string, unknown>;
  return { line: number, fields: { key, name, description, price } };
}

/** Numbers stay the text that they are written as: 19.9900000000000000001 must not become 19.99. */
function literally(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? context?.source : value;
}
