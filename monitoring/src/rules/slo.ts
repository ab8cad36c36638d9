import type { RecordingRule } from './recording.ts';

/** A promise about how long something takes, and how often it may be broken. */
export interface Objective {
  /** In rules and labels. */
  readonly name: string;
  /** Of the alerts: `<alert>BurnsFast`, `<alert>BurnsSlowly`. */
  readonly alert: string;
  /** What is promised of whom, for people. */
  readonly promise: string;
  /** The share that must be in time. */
  readonly target: number;
  readonly withinSeconds: number;
  readonly histogram: string;
}

export const objectives: readonly [Objective, Objective] = [
  {
    name: 'command_latency',
    alert: 'CommandLatency',
    promise: '99 % of commands have their outcome within 1 s of their acceptance',
    target: 0.99,
    withinSeconds: 1,
    histogram: 'tributary_writer_command_outcome_seconds',
  },
  {
    name: 'freshness',
    alert: 'Freshness',
    promise: '99 % of commands can be read in the read model within 2.5 s of their acceptance',
    target: 0.99,
    withinSeconds: 2.5,
    histogram: 'tributary_projector_command_visible_seconds',
  },
];

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type Window = (typeof WINDOWS)[number];

/** The recording rule with the share of late ones over a window. */
export function lateRatio({ name }: Objective, window: Window): string {
  return `slo:${name}_late:ratio_rate${window}`;
}

export function objectiveRules(objective: Objective): readonly RecordingRule[] {
  const { histogram, withinSeconds } = objective;
  return WINDOWS.map((window) => ({
    record: lateRatio(objective, window),
    expr: [
      `1 - sum(rate(${histogram}_bucket{le="${withinSeconds}"}[${window}]))`,
      `  / sum(rate(${histogram}_count[${window}]))`,
    ].join('\n'),
  }));
}

/** How fast an objective's budget is spent: 1 spends that of 30 days in 30 days. */
export interface Burn {
  readonly factor: number;
  /** It has been so for long enough to matter… */
  readonly long: Window;
  /** …and is still so. */
  readonly short: Window;
}

/** Below so many commands in the longer window a single late one would be an alarm. */
const LEAST_COMMANDS = 50;

export function burns(objective: Objective, pairs: readonly Burn[]): string {
  const budget = 1 - objective.target;
  return pairs
    .map(({ factor, long, short }) => {
      const threshold = Number((factor * budget).toFixed(6));
      return [
        `(${lateRatio(objective, long)} > ${threshold}`,
        `  and ${lateRatio(objective, short)} > ${threshold}`,
        `  and sum(increase(${objective.histogram}_count[${long}])) > ${LEAST_COMMANDS})`,
      ].join('\n');
    })
    .join('\nor ');
}
