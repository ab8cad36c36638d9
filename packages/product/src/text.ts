import {
  CALLER_MAX_CODE_POINTS,
  DESCRIPTION_MAX_CODE_POINTS,
  IDEMPOTENCY_KEY_MAX_CODE_POINTS,
  NAME_MAX_CODE_POINTS,
} from './limits.ts';
import { accepted, type Parsed, refused } from './parsed.ts';

// C0 and C1 controls and DEL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// The same without tab and line feed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_EXCEPT_LAYOUT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** A product's name: 1 to 250 code points after trimming, on one line. */
export function parseName(value: unknown): Parsed<string> {
  return parseText(value, { what: 'the name', maxCodePoints: NAME_MAX_CODE_POINTS, trim: true, control: CONTROL });
}

/** A product's description: 1 to 5000 code points after trimming; tabs and line breaks (as LF) are kept. */
export function parseDescription(value: unknown): Parsed<string> {
  const text = typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value;
  return parseText(text, {
    what: 'the description',
    maxCodePoints: DESCRIPTION_MAX_CODE_POINTS,
    trim: true,
    control: CONTROL_EXCEPT_LAYOUT,
  });
}

/** An idempotency key: 1 to 255 printable code points, not all of them spaces, kept as it is. */
export function parseIdempotencyKey(value: unknown): Parsed<string> {
  return parseText(value, {
    what: 'the idempotency key',
    maxCodePoints: IDEMPOTENCY_KEY_MAX_CODE_POINTS,
    trim: false,
    control: CONTROL,
  });
}

/** Who sends a command: 1 to 255 printable code points, kept as it is. A caller over gRPC names itself. */
export function parseCaller(value: unknown): Parsed<string> {
  return parseText(value, {
    what: 'the caller',
    maxCodePoints: CALLER_MAX_CODE_POINTS,
    trim: false,
    control: CONTROL,
  });
}

interface TextRule {
  what: string;
  maxCodePoints: number;
  /** Whether white space around the text is dropped, or counts. */
  trim: boolean;
  /** The characters that are refused. */
  control: RegExp;
}

function parseText(value: unknown, { what, maxCodePoints, trim, control }: TextRule): Parsed<string> {
  if (value === undefined || value === null) return refused('REQUIRED', `${what} is missing`);
  if (typeof value !== 'string') return refused('NOT_TEXT', `${what} is not text`);
  if (!value.isWellFormed()) return refused('MALFORMED_UNICODE', `${what} is not well-formed Unicode`);
  const trimmed = value.trim();
  if (trimmed === '') return refused('TOO_SHORT', `${what} is empty`);
  const text = trim ? trimmed : value;
  if (isLonger(text, maxCodePoints)) return refused('TOO_LONG', `${what} is longer than ${maxCodePoints} characters`);
  if (control.test(text)) return refused('CONTROL_CHARACTER', `${what} has a control character`);
  return accepted(text);
}

/** Whether a text has more code points than the limit; looks no further than it must. */
export function isLonger(text: string, maxCodePoints: number): boolean {
  if (text.length <= maxCodePoints) return false;
  if (text.length > maxCodePoints * 2) return true;
  let count = 0;
  for (const _ of text) {
    count += 1;
    if (count > maxCodePoints) return true;
  }
  return false;
}
