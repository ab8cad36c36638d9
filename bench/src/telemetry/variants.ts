/** One way to run the same services: what is switched on in their processes. */
export interface Variant {
  readonly name: string;
  /** How many traces are recorded, from 0 to 1; failed and slow spans of others are too. Absent: traces are off. */
  readonly traces?: number;
  /** What is made not to happen at all, so that what it costs is seen from its absence. */
  readonly without?: 'spans' | 'metrics';
  /** How the collector answers spans. Default: it takes them. */
  readonly collector?: Collector;
  /** Told apart from another that it resembles only where there is time. */
  readonly isMinor?: boolean;
}

/** What becomes of a request with spans: it is answered, never answered, or its connection is cut. */
export type Collector = 'takes' | 'hangs' | 'cuts';

export const off: Variant = { name: 'off' };
const all: Variant = { name: '100 %', traces: 1 };

/** Variants, and what each is held against. The first is the same as that: what they differ by cannot be told apart. */
export const variants: readonly (Variant & { readonly against: Variant })[] = [
  { ...off, name: 'off once more', against: off },
  { name: 'off, without what asks whether it is on', without: 'spans', against: off, isMinor: true },
  { name: '1 %', traces: 0.01, against: off },
  { ...all, against: off },
  { ...all, name: '100 %, a collector that hangs', collector: 'hangs', against: all, isMinor: true },
  { ...all, name: '100 %, a collector that cuts', collector: 'cuts', against: all, isMinor: true },
  { name: 'no metrics', without: 'metrics', against: off },
];
