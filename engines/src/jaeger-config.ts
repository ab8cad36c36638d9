/** Seven ports in a row, the first for the HTTP API. */
export function jaegerPorts(port: number) {
  return {
    query: port,
    otlpHttp: port + 1,
    otlpGrpc: port + 2,
    thriftHttp: port + 3,
    queryGrpc: port + 4,
    health: port + 5,
    ownMetrics: port + 6,
  } as const;
}

/** Of the ports that `compose.yml` publishes beside the first; only it reads them. */
export function jaegerPortVariables(port: number): Record<string, string> {
  const { otlpHttp, otlpGrpc, thriftHttp } = jaegerPorts(port);
  return {
    ENGINES_JAEGER_OTLP_PORT: String(otlpHttp),
    ENGINES_JAEGER_OTLP_GRPC_PORT: String(otlpGrpc),
    ENGINES_JAEGER_THRIFT_PORT: String(thriftHttp),
  };
}

/** What clients use of the Jaeger whose HTTP API is there. */
export function jaegerAddresses(queryUrl: string) {
  const { otlpHttp, thriftHttp } = jaegerPorts(Number(new URL(queryUrl).port));
  return {
    jaegerQueryUrl: queryUrl,
    otlpUrl: `http://127.0.0.1:${otlpHttp}/v1/traces`,
    jaegerThriftUrl: `http://127.0.0.1:${thriftHttp}/api/traces`,
  };
}

/** Every trace is kept in memory, the oldest goes when there are so many. */
const MAX_TRACES = 50_000;

/** The configuration file's text, in JSON, which is YAML too. */
export function jaegerConfig(port: number): string {
  const ports = jaegerPorts(port);
  const at = (own: number) => ({ endpoint: `127.0.0.1:${own}` });
  const config = {
    extensions: {
      jaeger_storage: { backends: { traces: { memory: { max_traces: MAX_TRACES } } } },
      jaeger_query: { storage: { traces: 'traces' }, http: at(ports.query), grpc: at(ports.queryGrpc) },
      healthcheckv2: { use_v2: true, http: at(ports.health) },
    },
    receivers: {
      otlp: { protocols: { grpc: at(ports.otlpGrpc), http: at(ports.otlpHttp) } },
      jaeger: { protocols: { thrift_http: at(ports.thriftHttp) } },
    },
    processors: { batch: { timeout: '200ms' } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'traces' } },
    service: {
      extensions: ['jaeger_storage', 'jaeger_query', 'healthcheckv2'],
      pipelines: {
        traces: { receivers: ['otlp', 'jaeger'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] },
      },
      telemetry: {
        logs: { level: 'info' },
        // Left out, it would take port 8888.
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: ports.ownMetrics } } } }] },
      },
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
