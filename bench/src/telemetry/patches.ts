import type { LeftOut, Preloaded } from './variants.ts';

/** Other text in a file of the project. */
export interface Patch {
  /** From the project's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const SPANS = 'packages/service/src/telemetry/span.ts';

const leavingOut: Readonly<Record<LeftOut, readonly Patch[]>> = {
  // Whoever makes a span asks first; with these answers the compiler drops the question and what depends on it.
  spans: [
    { file: SPANS, from: 'return SAMPLED.test(traceparent);', to: 'return false;' },
    { file: SPANS, from: 'return recorder !== null;', to: 'return false;' },
    { file: SPANS, from: 'return recorder?.samples(traceId) ?? false;', to: 'return false;' },
    {
      file: SPANS,
      from: 'return span.isRecorded && recorder ? recorder.run(span, work) : work();',
      to: 'return work();',
    },
  ],
  metrics: [
    {
      file: 'packages/service/src/metrics/durations.ts',
      from: 'observe(labels, seconds, trace) {',
      to: 'observe(labels, seconds, trace) { return;',
    },
  ],
};

/** What is other in the code of a process. */
export function patchesOf({ prefix, leaveOut }: Preloaded): readonly Patch[] {
  return [
    { file: 'proto/topics.ts', from: "name: 'products.", to: `name: '${prefix}products.` },
    {
      file: 'packages/event-log/src/kafka/group-reader.ts',
      from: 'groupId: group,',
      to: `groupId: '${prefix}' + group,`,
    },
    ...leaveOut.flatMap((part) => leavingOut[part]),
  ];
}

/**
 * The source of a file with its patches.
 * @throws Error where the text to be replaced is not there any more: what is measured would be something else
 */
export function patched(file: string, source: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((text, { from, to }) => {
      if (!text.includes(from)) throw new Error(`${file} has no "${from}" to replace`);
      return text.replaceAll(from, to);
    }, source);
}
