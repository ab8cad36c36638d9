import { ImportError } from '../problem.ts';
import type { Line } from './lines.ts';
import { faultyRow, type RawRow, unreadable } from './raw-row.ts';
import { type CsvRecord, readRecords, splitRecord } from './records.ts';

/** What may separate columns: spreadsheets write a semicolon where the comma is the decimal sign. */
const DELIMITERS = [',', ';', '\t'];
const NEEDED = ['name', 'description', 'price'] as const;

/**
 * Rows of a CSV file whose first line names the columns, in any order and with others between them. The header also
 * tells what separates the columns: a comma, a semicolon or a tab.
 * @throws ImportError when the header lacks a column or has one twice
 */
export async function* readCsv(lines: AsyncGenerator<Line>): AsyncGenerator<RawRow> {
  const header = readHeader(await firstLine(lines));
  for await (const record of readRecords(lines, header.delimiter)) yield rowOf(record, header.columns);
}

async function firstLine(lines: AsyncGenerator<Line>): Promise<Line> {
  for (;;) {
    const { value: line } = await lines.next();
    if (!line) throw new ImportError('the file is empty: its first line must name the columns');
    if (line.fault) throw new ImportError('the first line is not UTF-8 text: it must name the columns');
    if (line.text.trim() !== '') return line;
  }
}

function readHeader({ text }: Line): { delimiter: string; columns: readonly string[] } {
  const readings = DELIMITERS.map((delimiter) => {
    const columns = (splitRecord(text.trimEnd(), delimiter) ?? []).map((name) => name.trim().toLowerCase());
    return { delimiter, columns, missing: NEEDED.filter((name) => !columns.includes(name)) };
  });
  const [best] = readings.sort((one, other) => one.missing.length - other.missing.length);
  if (!best) throw new Error('there is always a reading');
  const { columns, missing } = best;
  if (missing.length > 0)
    throw new ImportError(`the header has no column ${missing.join(', ')}; it is: ${text.trimEnd().slice(0, 200)}`);
  const twice = [...NEEDED, 'key'].find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice) throw new ImportError(`the header has the column ${twice} twice`);
  return best;
}

function rowOf({ lines, fields }: CsvRecord, columns: readonly string[]): RawRow {
  const [{ number }] = lines;
  const text = lines.map((line) => line.text.trimEnd()).join('\n');
  const fault = lines.find((line) => line.fault)?.fault;
  if (fault) return faultyRow({ number, text, fault });
  if (!fields) return unreadable(number, 'a quote is opened and never closed', text);
  if (fields.length !== columns.length) {
    const reason = `the row has ${fields.length} fields, the header ${columns.length}: a field with a delimiter needs quotes`;
    return unreadable(number, reason, text);
  }
  const field = (name: string) => fields[columns.indexOf(name)];
  return {
    line: number,
    fields: { key: field('key'), name: field('name'), description: field('description'), price: field('price') },
  };
}
