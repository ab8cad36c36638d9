import { isUtf8 } from 'node:buffer';
import { ImportError } from '../problem.ts';

/** One physical line of a text file, without its line feed. A carriage return at its end is still there. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Set when the line is no text to work with; `text` is then only its beginning. */
  readonly fault?: 'TOO_LARGE' | 'MALFORMED_UNICODE';
}

/** More than any product needs: a line that is longer is not kept in memory. */
export const LINE_MAX_BYTES = 256 * 1024;
const SHOWN_BYTES = 200;
const LINE_FEED = 0x0a;

/**
 * Splits UTF-8 bytes into lines, in memory of one line. A byte order mark at the beginning is dropped.
 * @throws ImportError for UTF-16
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let bytes = 0;

  function keep(part: Buffer): void {
    if (bytes <= LINE_MAX_BYTES) parts.push(part);
    bytes += part.length;
  }
  function take(): Line {
    number += 1;
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    const isTooLarge = bytes > LINE_MAX_BYTES;
    parts = [];
    bytes = 0;
    return lineOf(number, number === 1 ? withoutMark(whole) : whole, isTooLarge);
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}

function lineOf(number: number, bytes: Buffer, isTooLarge: boolean): Line {
  if (isTooLarge) return { number, text: bytes.toString('utf8', 0, SHOWN_BYTES), fault: 'TOO_LARGE' };
  if (!isUtf8(bytes)) return { number, text: bytes.toString('utf8'), fault: 'MALFORMED_UNICODE' };
  return { number, text: bytes.toString('utf8') };
}

function withoutMark(bytes: Buffer): Buffer {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new ImportError('the file is UTF-16: save it as UTF-8');
  return first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes;
}
