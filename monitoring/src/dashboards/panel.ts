/** Units as Grafana names them. */
export type PanelUnit = 's' | 'bytes' | 'binBps' | 'percentunit' | 'short' | 'reqps' | 'ops' | 'cps';

export interface PanelQuery {
  /** PromQL with Grafana's variables: `$instance`, `$__rate_interval`. */
  readonly expr: string;
  /** What a series is called: text with `{{label}}`. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** What is shown, and what it tells. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly [PanelQuery, ...PanelQuery[]];
  /** Default: series over time. `stat`: one number each. */
  readonly kind?: 'stat';
  /** Of 24. Default: 8, a stat 4. */
  readonly width?: number;
  /** From where on a value is shown in orange, and in red. */
  readonly thresholds?: readonly [warning: number, critical: number];
  /** One upon the other: what adds up to a whole. */
  readonly stacked?: true;
  /** Default: 0. */
  readonly min?: number;
  readonly max?: number;
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** What the user chooses, for all panels. */
export interface VariableSpec {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)` */
  readonly query: string;
}

export interface DashboardSpec {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableSpec[];
  readonly rows: readonly RowSpec[];
}
