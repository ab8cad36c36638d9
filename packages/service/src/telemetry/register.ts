import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { readConfig } from '../config.ts';
import type { Instrumented, SdkOptions } from './sdk.ts';
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
  const sending = await exporters[kind](config.TRACES_ENDPOINT || ENDPOINTS[kind]);
  const { tracer, beginTrace, stop } = await startSdk({ service, ...sending, instrument });
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

/** Less than may pass until an export is given up, so that it ends by itself. */
const REQUEST_TIMEOUT_MS = 4_000;

const exporters: Readonly<Record<'otlp' | 'jaeger', (url: string) => Promise<Pick<SdkOptions, 'exporter' | 'abort'>>>> =
  {
    async otlp(url) {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return { exporter: new OTLPTraceExporter({ url, timeoutMillis: REQUEST_TIMEOUT_MS }) };
    },
    async jaeger(endpoint) {
      const { JaegerExporter } = await import('@opentelemetry/exporter-jaeger');
      const exporter = new JaegerExporter({ endpoint }) as unknown as SpanExporter & { _sender?: { close(): void } };
      // It waits for an answer forever: closed, its sender ends the requests that it has, and goes on with new ones.
      return { exporter, abort: () => exporter._sender?.close() };
    },
  };
