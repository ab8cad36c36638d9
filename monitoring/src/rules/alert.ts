/** `critical`: users notice, look now. `warning`: look today. */
export type Severity = 'critical' | 'warning';

/** An alert with the cases that `promtool test rules` runs: both are asked of every alert. */
export interface Alert {
  readonly name: string;
  /** PromQL: a series for each thing that is in trouble. */
  readonly expr: string;
  /** For how long it has to be so, such as `2m`. Default: at once. */
  readonly for?: string;
  readonly severity: Severity;
  /** Labels beside the severity and those of the series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** One line; a template of Prometheus, as the description. */
  readonly summary: string;
  readonly description: string;
  readonly fires: FiringCase;
  readonly silent: readonly [SilentCase, ...SilentCase[]];
}

export interface SilentCase {
  /** What is the case. */
  readonly when: string;
  /** What Prometheus has scraped, one sample a minute, in promtool's notation, such as `0+60x10`. */
  readonly series: Readonly<Record<string, string>>;
  /** When is looked, such as `10m`, counted from the first sample. */
  readonly at: string;
}

export interface FiringCase extends SilentCase {
  /** When it is so already, but not for long enough: asked of every alert that has a {@link Alert.for}. */
  readonly notYet?: string;
  readonly alerts: readonly [FiredAlert, ...FiredAlert[]];
}

export interface FiredAlert {
  /** Those of the series; severity and name go without saying. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

export interface AlertGroup {
  /** Also the name of its files. */
  readonly name: string;
  readonly alerts: readonly Alert[];
}

/** Where an alert's runbook is, from the project's root. */
export function runbookOf({ name }: Pick<Alert, 'name'>): string {
  return `docs/operations.md#${name.toLowerCase()}`;
}
