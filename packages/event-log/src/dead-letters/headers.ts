/** The headers that a dead letter has beside those of the record it was. */
export const deadLetterHeaders = {
  reason: 'dead-letter-reason',
  /** The error's code, or its name where it has none. */
  code: 'dead-letter-code',
  /** Tells failures of the same cause together without showing a stack. */
  stackDigest: 'dead-letter-stack-digest',
  topic: 'dead-letter-topic',
  partition: 'dead-letter-partition',
  offset: 'dead-letter-offset',
  /** When the log took the record. */
  timestamp: 'dead-letter-timestamp',
  /** When it was given up. */
  time: 'dead-letter-time',
  /** Only where the record was too large to be kept whole: how many bytes its value had. */
  cutFromBytes: 'dead-letter-cut-from-bytes',
} as const;

/** A record of a dead-letter topic that says what became of the letter whose id is its key: a topic cannot delete one record. */
export const resolutionHeaders = {
  kind: 'tributary-resolution',
  by: 'tributary-resolution-by',
  time: 'tributary-resolution-time',
  replayId: 'tributary-resolution-replay-id',
} as const;

const written: ReadonlySet<string> = new Set([
  ...Object.values(deadLetterHeaders),
  ...Object.values(resolutionHeaders),
]);

/** The headers that a record has of itself: the names above are ours alone, whatever a foreign producer wrote. */
export function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !written.has(name)));
}
