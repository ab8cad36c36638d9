/** A span as Jaeger has it. */
export interface TracedSpan {
  readonly service: string;
  readonly name: string;
  /** `internal`, `server`, `client`, `producer` or `consumer`. */
  readonly kind: string;
  readonly spanId: string;
  /** Null where the trace begins; an id that no span of the trace has where another program began it. */
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  /** What its process says of itself. */
  readonly process: Readonly<Record<string, string | number | boolean>>;
}

type Tags = readonly { readonly key: string; readonly value: string | number | boolean }[];

interface JaegerTrace {
  readonly spans: readonly {
    readonly operationName: string;
    readonly spanID: string;
    readonly processID: string;
    readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
    readonly tags: Tags;
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: Tags }>>;
}

/** What a Jaeger has been sent. */
export interface Traces {
  /** The spans of a trace that have come so far. */
  spans(traceId: string): Promise<readonly TracedSpan[]>;
  /** The spans of all traces in which a service has a part. */
  spansWith(service: string): Promise<readonly TracedSpan[]>;
}

export function tracesOf(jaegerQueryUrl: string): Traces {
  async function read(path: string): Promise<readonly TracedSpan[]> {
    const response = await fetch(`${jaegerQueryUrl}/api/traces${path}`);
    if (response.status === 404) return [];
    if (!response.ok) throw new Error(`Jaeger answers ${response.status}: ${await response.text()}`);
    const { data } = (await response.json()) as { data: readonly JaegerTrace[] };
    return data.flatMap(spansIn);
  }
  return {
    spans: (traceId) => read(`/${traceId}`),
    spansWith: (service) => read(`?service=${service}&limit=1500&lookback=1h`),
  };
}

function spansIn({ spans, processes }: JaegerTrace): TracedSpan[] {
  return spans.map(({ operationName, spanID, processID, references, tags }) => {
    const { serviceName, tags: ofProcess } = processes[processID]!;
    const { 'span.kind': kind = 'internal', ...others } = record(tags);
    return {
      service: serviceName,
      name: operationName,
      kind: String(kind),
      spanId: spanID,
      parentId: references.find(({ refType }) => refType === 'CHILD_OF')?.spanID ?? null,
      tags: others,
      process: record(ofProcess),
    };
  });
}

function record(tags: Tags): Record<string, string | number | boolean> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** `service: name`, as a span is called in the documentation. */
export function titleOf({ service, name }: TracedSpan): string {
  return `${service}: ${name}`;
}

/** Each `parent → child` once, sorted; the parent is `caller` where another program has it. */
export function edgesOf(spans: readonly TracedSpan[], title: (span: TracedSpan) => string = titleOf): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const edges = spans.map((span) => {
    const parent = span.parentId === null ? null : byId.get(span.parentId);
    const from = parent ? title(parent) : span.parentId === null ? 'nothing' : 'caller';
    return `${from} → ${title(span)}`;
  });
  return [...new Set(edges)].sort();
}
