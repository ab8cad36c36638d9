/** A metric as a process tells it. */
export interface Scraped {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** The labels of each series, those of a histogram's buckets included, without `le`. */
  readonly series: readonly Readonly<Record<string, string>>[];
}

/** The metrics of the project's own that a process tells. */
export async function scrape(adminUrl: string): Promise<readonly Scraped[]> {
  const response = await fetch(`${adminUrl}/metrics`);
  const lines = (await response.text()).split('\n');
  const helps = new Map(lines.flatMap((line) => pair(/^# HELP (tributary_\w+) (.+)$/.exec(line))));
  const types = lines.flatMap((line) => pair(/^# TYPE (tributary_\w+) (\w+)$/.exec(line)));
  return types.map(([name, type]) => {
    const parts = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    return {
      name,
      type,
      help: helps.get(name) ?? '',
      series: lines.flatMap((line) => {
        const [, found, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
        return found && parts.includes(found) ? [labelsIn(labels)] : [];
      }),
    };
  });
}

const pair = (match: RegExpExecArray | null) => (match ? [[match[1]!, match[2]!] as const] : []);

function labelsIn(text: string): Record<string, string> {
  const found = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!] as const);
  return Object.fromEntries(found.filter(([name]) => name !== 'le'));
}
