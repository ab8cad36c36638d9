import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { readConfig } from '../config.ts';
import type { Instrumented } from './sdk.ts';
import { setSpanRecorder } from './span.ts';
import { telemetryVariables } from './variables.ts';

export interface TelemetryOptions {
  /** The process's name in traces. */
  readonly service: string;
  /** Libraries whose calls become spans by themselves. */
  readonly instrument?: readonly Instrumented[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ENDPOINTS = { otlp: 'http://127.0.0.1:4318/v1/traces', jaeger: 'http://127.0.0.1:14268/api/traces' } as const;

let stopping = async () => {};

/**
 * Has this process record traces, if its environment says so; otherwise nothing is loaded. To be awaited before anything else is
 * imported, by a file that Node is given with `--import`: libraries are instrumented when they are loaded.
 * @throws ConfigError
 */
export async function registerTelemetry({ service, instrument = [], env }: TelemetryOptions): Promise<void> {
  const config = readConfig(telemetryVariables, env);
  const { TRACES_EXPORTER: kind } = config;
  if (kind === 'none') return;
  const [{ startSdk }, { createSpanRecorder }] = await Promise.all([import('./sdk.ts'), import('./recorder.ts')]);
  const exporter = await exporters[kind](config.TRACES_ENDPOINT || ENDPOINTS[kind]);
  const { tracer, beginTrace, stop } = await startSdk({ service, exporter, instrument });
  setSpanRecorder(
    createSpanRecorder({
      tracer,
      beginTrace,
      ratio: config.TRACES_SAMPLE_RATIO,
      keep: {
        errors: config.TRACES_KEEP.includes('errors'),
        slowMs: config.TRACES_KEEP.includes('slow') ? config.TRACES_SLOW_MS : null,
      },
    }),
  );
  stopping = stop;
}

/** Sends the spans that wait, as far as a short time allows. */
export function stopTelemetry(): Promise<void> {
  return stopping();
}

const exporters: Readonly<Record<'otlp' | 'jaeger', (url: string) => Promise<SpanExporter>>> = {
  async otlp(url) {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    return new OTLPTraceExporter({ url });
  },
  async jaeger(endpoint) {
    const { JaegerExporter } = await import('@opentelemetry/exporter-jaeger');
    return new JaegerExporter({ endpoint }) as unknown as SpanExporter;
  },
};
