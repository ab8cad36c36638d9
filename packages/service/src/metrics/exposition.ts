import { type Counter, type OpenMetricsContentType, Registry } from 'prom-client';

/** Metrics as a scraper reads them. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** The metrics of a registry: in OpenMetrics, which has examples of traces, if that is asked for by `Accept`; else in Prometheus's own format. */
export async function exposeMetrics(registry: Registry, accept = ''): Promise<Exposition> {
  const source = prefersOpenMetrics(accept) ? openMetricsOf(registry) : registry;
  return { contentType: source.contentType, text: await source.metrics() };
}

/** Whether OpenMetrics is named, and plain text not wanted more. */
function prefersOpenMetrics(accept: string): boolean {
  const wanted = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    wanted.set(type, Math.max(wanted.get(type) ?? 0, quality === undefined ? 1 : Number(quality)));
  }
  const openMetrics = wanted.get('application/openmetrics-text') ?? 0;
  return openMetrics > 0 && openMetrics >= (wanted.get('text/plain') ?? 0);
}

/**
 * The same metrics in another registry. A registry that writes OpenMetrics renames its counters for good, since their families
 * are named without `_total` there: so counters go by a stand-in.
 */
function openMetricsOf(registry: Registry): Registry<OpenMetricsContentType> {
  const view = new Registry<OpenMetricsContentType>();
  view.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of registry.getMetricsAsArray() as unknown as Named[])
    view.registerMetric((metric.type === 'counter' ? familyOf(metric) : metric) as unknown as Counter);
  return view;
}

interface Named {
  readonly name: string;
  readonly type: string;
  get(): Promise<object>;
}

function familyOf(counter: Named): Named {
  const name = counter.name.replace(/_total$/, '');
  return { name, type: counter.type, get: async () => ({ ...(await counter.get()), name }) };
}
