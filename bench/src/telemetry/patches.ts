/** Other text in a file of the project. */
export interface Patch {
  /** From the project's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const SPANS = 'packages/service/src/telemetry/span.ts';

/** What lets a process's telemetry be switched while it runs; see `Switches`. */
export const patches: readonly Patch[] = [
  { file: SPANS, from: 'recorder = given;', to: 'recorder = given; telemetrySwitches.recorder ??= given;' },
  // Whoever makes a span asks one of these first.
  {
    file: SPANS,
    from: 'return SAMPLED.test(traceparent);',
    to: 'return telemetrySwitches.asks && SAMPLED.test(traceparent);',
  },
  { file: SPANS, from: 'return recorder !== null;', to: 'return telemetrySwitches.asks && recorder !== null;' },
  {
    file: SPANS,
    from: 'return recorder?.samples(traceId) ?? false;',
    to: 'return telemetrySwitches.asks && (recorder?.samples(traceId) ?? false);',
  },
  {
    file: 'packages/service/src/metrics/durations.ts',
    from: 'observe(labels, seconds, trace) {',
    to: 'observe(labels, seconds, trace) { if (!telemetrySwitches.measures) return;',
  },
];

/**
 * The source of a file with its patches.
 * @throws Error where the text to be replaced is not there any more: what is measured would be something else
 */
export function patched(file: string, source: string): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((text, { from, to }) => {
      if (!text.includes(from)) throw new Error(`${file} has no "${from}" to replace`);
      return text.replaceAll(from, to);
    }, source);
}
