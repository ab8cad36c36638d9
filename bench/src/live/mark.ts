/**
 * What a benchmark's event carries in its product's name: which event it is, and when it was sent by the clock that all
 * processes of a machine share. Whoever gets it finds it without parsing the message.
 */
export interface Mark {
  readonly sequence: number;
  readonly sentUs: number;
}

/** Microseconds of the machine's monotonic clock. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + nanoseconds / 1_000;
}

export function markText({ sequence, sentUs }: Mark): string {
  return `#${sequence}@${Math.round(sentUs)}#`;
}

const HASH = 35;
const AT = 64;
const ZERO = 48;

/** The first mark between two positions; null when there is none. */
export function findMark(data: Buffer, start: number, end: number): Mark | null {
  let at = data.indexOf(HASH, start);
  if (at < 0) return null;
  let sequence = 0;
  for (at += 1; at < end && data[at] !== AT; at += 1) sequence = sequence * 10 + data[at]! - ZERO;
  let sentUs = 0;
  for (at += 1; at < end && data[at] !== HASH; at += 1) sentUs = sentUs * 10 + data[at]! - ZERO;
  return at < end ? { sequence, sentUs } : null;
}
