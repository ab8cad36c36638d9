/** What Prometheus asks of whom, and how often. */
export interface ScrapeOptions {
  /** Targets (`host:port`) by the name of their job; each answers `/metrics`. */
  readonly jobs: Readonly<Record<string, readonly (string | LabelledTarget)[]>>;
  /** Between two scrapes of a target, and between two evaluations of the rules. Default: 5 s. */
  readonly intervalMs?: number;
  /** Files with rules, absolute or beside the configuration file; patterns are taken. */
  readonly ruleFiles?: readonly string[];
}

export interface LabelledTarget {
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The text of a configuration file for Prometheus, in JSON, which is YAML too. */
export function scrapeConfiguration({ jobs, intervalMs = 5_000, ruleFiles = [] }: ScrapeOptions): string {
  const interval = `${intervalMs}ms`;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(jobs).map(([job, targets]) => ({
      job_name: job,
      static_configs: targets.map((target) =>
        typeof target === 'string' ? { targets: [target] } : { targets: [target.target], labels: target.labels },
      ),
    })),
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
