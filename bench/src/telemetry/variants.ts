/** What a service's code is made to leave out, so that what it costs is seen from its absence. */
export type LeftOut = 'spans' | 'metrics';

/** One way to run the same services. */
export interface Variant {
  readonly name: string;
  /** What is recorded of its traces; absent where they are off. */
  readonly traces?: { readonly ratio: number; readonly keep: string };
  readonly leaveOut?: readonly LeftOut[];
  /** The variants whose costs its own are held against. */
  readonly comparedWith: readonly string[];
  /** Told apart from another that it resembles only where there is time. */
  readonly isMinor?: boolean;
}

/** No variant has more of it than one that it is compared with, but for one thing. */
export const variants: readonly Variant[] = [
  { name: 'no spans in the code', leaveOut: ['spans'], comparedWith: [] },
  { name: 'no metrics', leaveOut: ['metrics'], comparedWith: [] },
  { name: 'off', comparedWith: ['no spans in the code', 'no metrics'] },
  { name: '1 %, keeping nothing else', traces: { ratio: 0.01, keep: 'none' }, comparedWith: ['off'], isMinor: true },
  { name: '1 %', traces: { ratio: 0.01, keep: 'errors,slow' }, comparedWith: ['off'] },
  { name: '100 %', traces: { ratio: 1, keep: 'errors,slow' }, comparedWith: ['off'] },
];

/** What the preload reads of its process's environment. */
export interface Preloaded {
  /** What the names of topics and groups begin with, so that several variants share a broker and nothing else. */
  readonly prefix: string;
  readonly leaveOut: readonly LeftOut[];
}

export const PRELOADED = 'BENCH_PRELOADED';

/**
 * The environment of a variant's services.
 * @param n the variant's number
 * @param sinkUrl where its spans go
 */
export function environmentOf(
  { traces, leaveOut = [] }: Variant,
  { n, sinkUrl }: { readonly n: number; readonly sinkUrl: string },
): Record<string, string> {
  const preloaded: Preloaded = { prefix: `variant-${n}.`, leaveOut };
  const options = [process.env.NODE_OPTIONS, `--import=${new URL('preload.ts', import.meta.url)}`];
  return {
    NODE_OPTIONS: options.filter(Boolean).join(' '),
    [PRELOADED]: JSON.stringify(preloaded),
    TRACES_EXPORTER: traces ? 'otlp' : 'none',
    ...(traces && {
      TRACES_ENDPOINT: sinkUrl,
      TRACES_SAMPLE_RATIO: String(traces.ratio),
      TRACES_KEEP: traces.keep,
    }),
  };
}
