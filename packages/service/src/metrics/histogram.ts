export interface HistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/** A metric that a registry of prom-client exposes like its own. */
export interface Histogram<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  /**
   * Counts a value; the example, if there is one, becomes its bucket's.
   * @throws TypeError for a value that is not finite
   */
  observe(labels: Labels<Label>, value: number, example?: Readonly<Record<string, string>>): void;
  /** What the registry reads. */
  get(): Promise<object>;
  reset(): void;
}

type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** What was observed with one combination of labels. */
interface Series<Label extends string> {
  readonly labels: Labels<Label>;
  /** How many values by bucket, without those of the buckets below it; the last bucket has no bound. */
  readonly counts: Float64Array;
  readonly exemplars: (Exemplar | undefined)[];
  sum: number;
}

/** As prom-client calls it. */
interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  /** UTC seconds. */
  readonly timestamp: number;
}

/** By the first label's value, in it by the second's, and so on. */
interface Branches<Label extends string> extends Map<string, Branches<Label> | Series<Label>> {}

/**
 * A histogram that finds the series of known labels by one look at a map for each. The library's own validates, sorts and hashes
 * them for every value, which was most of what metrics cost a request.
 */
export function createHistogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label> {
  const { name, help, labelNames } = options;
  const bounds = Float64Array.from(options.buckets);
  let all: Series<Label>[];
  let root: Branches<Label> | Series<Label>;

  function begin(given: Labels<Label>): Series<Label> {
    const labels = Object.fromEntries(labelNames.map((label) => [label, given[label]])) as Labels<Label>;
    const series = { labels, counts: new Float64Array(bounds.length + 1), exemplars: [], sum: 0 };
    all.push(series);
    return series;
  }

  function seriesOf(labels: Labels<Label>): Series<Label> {
    let found = root;
    for (let depth = 0; depth < labelNames.length; depth += 1) {
      const branches = found as Branches<Label>;
      const value = labels[labelNames[depth]!];
      let next = branches.get(value);
      if (!next) {
        next = depth === labelNames.length - 1 ? begin(labels) : new Map();
        branches.set(value, next);
      }
      found = next;
    }
    return found as Series<Label>;
  }

  function bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    return bucket;
  }

  function valuesOf({ labels, counts, exemplars, sum }: Series<Label>): object[] {
    let count = 0;
    const buckets = Array.from(counts, (more, bucket) => {
      count += more;
      const ofBucket = { le: bounds[bucket] ?? '+Inf', ...labels };
      return { labels: ofBucket, value: count, metricName: `${name}_bucket`, exemplar: exemplars[bucket] };
    });
    return [
      ...buckets,
      { labels, value: sum, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  }

  function reset(): void {
    all = [];
    // Without labels there is one series, and from the beginning.
    root = labelNames.length === 0 ? begin({} as Labels<Label>) : new Map();
  }

  reset();
  return {
    name,
    help,
    type: 'histogram',
    observe(labels, value, example) {
      if (!Number.isFinite(value)) throw new TypeError(`${name} can't count ${value}`);
      const series = seriesOf(labels);
      const bucket = bucketOf(value);
      series.counts[bucket]! += 1;
      series.sum += value;
      if (example) series.exemplars[bucket] = { labelSet: example, value, timestamp: Date.now() / 1_000 };
    },
    get: async () => ({ name, help, type: 'histogram', values: all.flatMap(valuesOf) }),
    reset,
  };
}
