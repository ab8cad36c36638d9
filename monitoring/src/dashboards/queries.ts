import { SERVICES } from '../rules/expressions.ts';
import type { PanelQuery, VariableSpec } from './panel.ts';

/** Those of our processes that are looked at. */
export const chosen = 'instance=~"$instance"';

export const instances: VariableSpec = {
  name: 'instance',
  label: 'Process',
  query: `label_values(up{job=~"${SERVICES}"}, instance)`,
};

/** A selector of the chosen processes' series. */
export function of(metric: string, matchers = ''): string {
  return `${metric}{${matchers ? `${matchers}, ` : ''}${chosen}}`;
}

export function rate(metric: string, matchers = ''): string {
  return `rate(${of(metric, matchers)}[$__rate_interval])`;
}

export function sumBy(labels: readonly string[], expr: string): string {
  return labels.length === 0 ? `sum(${expr})` : `sum by (${labels.join(', ')}) (${expr})`;
}

export interface QuantileOptions {
  readonly by?: readonly string[];
  readonly matchers?: string;
}

export function quantile(share: number, histogram: string, { by = [], matchers }: QuantileOptions = {}): string {
  return `histogram_quantile(${share}, ${sumBy(['le', ...by], rate(`${histogram}_bucket`, matchers))})`;
}

/** The middle, the slow and the slowest ones of a histogram, as queries. */
export function quantiles(histogram: string, options: QuantileOptions = {}): [PanelQuery, PanelQuery, PanelQuery] {
  const labels = (options.by ?? []).map((label) => `{{${label}}} `).join('');
  const query = (share: number): PanelQuery => ({
    expr: quantile(share, histogram, options),
    legend: `${labels}p${share * 100}`,
  });
  return [query(0.5), query(0.95), query(0.99)];
}

/** A share that is 0 where the part has no series yet. */
export function share(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / ${whole}`;
}
