import { closeSync, existsSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { csvLine } from './csv-line.ts';
import type { ImportOptions } from './options.ts';
import { ImportError } from './problem.ts';
import type { Reject } from './row.ts';

/** Collects what did not go in; the file appears with the first of them. Once mended it can be imported as it is. */
export interface RejectsFile {
  add(reject: Reject): void;
  bytes(): number;
  close(): void;
}

const HEADER = csvLine(['line', 'code', 'reason', 'key', 'name', 'description', 'price', 'text']);
const BEGINNINGS = [HEADER.slice(0, 16), '{"line":'];

/**
 * Goes on with a rejects file after its first bytes; what comes after them, from an earlier import, is replaced.
 * @throws ImportError when the path holds something else
 */
export function openRejects({ path, format }: ImportOptions['rejects'], keepBytes: number): RejectsFile {
  if (existsSync(path) && !isRejectsFile(path))
    throw new ImportError(`${path} is in the way: it is not a file of rejects; --rejects names another`);
  let bytes = keepBytes;
  let file: number | null = null;
  if (keepBytes > 0) {
    file = openSync(path, 'r+');
    ftruncateSync(file, keepBytes);
  } else rmSync(path, { force: true });

  function write(text: string): void {
    file ??= openSync(path, 'w');
    bytes += writeSync(file, text, bytes);
  }
  return {
    add(reject) {
      if (format === 'csv' && bytes === 0) write(HEADER);
      write(format === 'csv' ? asCsv(reject) : asJson(reject));
    },
    bytes: () => bytes,
    close() {
      if (file !== null) closeSync(file);
    },
  };
}

function isRejectsFile(path: string): boolean {
  const file = openSync(path, 'r');
  const head = Buffer.alloc(16);
  const length = readSync(file, head);
  closeSync(file);
  return length === 0 || BEGINNINGS.some((beginning) => head.toString('utf8', 0, length).startsWith(beginning));
}

function asJson({ line, code, reason, fields, text }: Reject): string {
  return `${JSON.stringify({ line, code, reason, ...(fields ?? { text }) })}\n`;
}

function asCsv({ line, code, reason, fields, text }: Reject): string {
  const { key, name, description, price } = fields ?? {};
  return csvLine([line, code, reason, key, name, description, price, text]);
}
