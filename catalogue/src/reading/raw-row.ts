import type { Reason } from '../problem.ts';
import type { Line } from './lines.ts';

/** The columns that an import uses, as they came: any of them may be anything, or absent. */
export interface RawFields {
  readonly key?: unknown;
  readonly name?: unknown;
  readonly description?: unknown;
  readonly price?: unknown;
}

/** A row of a catalogue before anything is checked, or why it could not be read. */
export type RawRow =
  | { readonly line: number; readonly fields: RawFields }
  | { readonly line: number; readonly unreadable: Reason; readonly text: string };

const FAULTS = {
  TOO_LARGE: 'the line is longer than 256 KiB',
  MALFORMED_UNICODE: 'the line is not UTF-8',
} as const;

/** A line that cannot be worked with, as a row that is refused. */
export function faultyRow({ number, text, fault }: Line & { readonly fault: keyof typeof FAULTS }): RawRow {
  return { line: number, unreadable: { code: fault, reason: FAULTS[fault] }, text };
}

export function unreadable(line: number, reason: string, text: string): RawRow {
  return { line, unreadable: { code: 'UNREADABLE', reason }, text };
}
