import { register } from 'node:module';
import { hostname } from 'node:os';
import { context, propagation, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { version } from '../version.ts';
import { countSpans } from './results.ts';
import { createSpanQueue } from './span-queue.ts';

/** Libraries whose calls become spans by themselves, of the span that is active. */
export type Instrumented = 'graphql' | 'pg' | 'mongodb' | 'ioredis';

export interface SdkOptions {
  /** The process's name in traces. */
  readonly service: string;
  readonly exporter: SpanExporter;
  /** Gives up what the exporter has under way, where it does not do so itself. */
  abort?(): void;
  readonly instrument: readonly Instrumented[];
}

export interface Sdk {
  readonly tracer: Tracer;
  /** Has the next root span belong to this trace. */
  beginTrace(traceId: string): void;
  /** Sends what waits, as far as the time allows. */
  stop(): Promise<void>;
}

const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
const EXPORT_TIMEOUT_MS = 5_000;
const EXPORT_EVERY_MS = 1_000;
const STOP_WITHIN_MS = 2_000;

export async function startSdk({ service, exporter, abort, instrument }: SdkOptions): Promise<Sdk> {
  let rootTrace: string | null = null;
  const random = new RandomIdGenerator();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': version,
      'host.name': hostname(),
      'process.pid': process.pid,
    }),
    sampler: sampledByParent(() => {
      const begins = rootTrace !== null;
      rootTrace = null;
      return begins;
    }),
    idGenerator: {
      generateTraceId: () => rootTrace ?? random.generateTraceId(),
      generateSpanId: random.generateSpanId,
    },
    spanProcessors: [
      createSpanQueue({
        exporter,
        ...(abort && { abort }),
        maxSpans: QUEUE_SPANS,
        batchSpans: BATCH_SPANS,
        everyMs: EXPORT_EVERY_MS,
        timeoutMs: EXPORT_TIMEOUT_MS,
        count: countSpans,
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  if (instrument.length > 0) {
    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include: [...instrument] } });
    registerInstrumentations({
      instrumentations: await Promise.all(instrument.map((name) => instrumentations[name]())),
    });
  }
  return {
    tracer: trace.getTracer('tributary', version),
    beginTrace(traceId) {
      rootTrace = traceId;
    },
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_WITHIN_MS);
      });
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

/** Who begins a trace decides; whoever continues it does as its parent, and what has none is nobody's. */
function sampledByParent(beginsTrace: () => boolean): Sampler {
  return {
    shouldSample(parent) {
      const found = trace.getSpanContext(parent);
      const isSampled = found ? (found.traceFlags & 1) === 1 : beginsTrace();
      return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => 'sampledByParent',
  };
}

const instrumentations: Readonly<Record<Instrumented, () => Promise<Instrumentation>>> = {
  async graphql() {
    const { GraphQLInstrumentation } = await import('@opentelemetry/instrumentation-graphql');
    // A span for every field of every product says nothing that its subgraph's does not, and costs more than all the rest.
    return new GraphQLInstrumentation({ ignoreResolveSpans: true, mergeItems: true });
  },
  async pg() {
    const { PgInstrumentation } = await import('@opentelemetry/instrumentation-pg');
    return new PgInstrumentation({ requireParentSpan: true });
  },
  async mongodb() {
    const { MongoDBInstrumentation } = await import('@opentelemetry/instrumentation-mongodb');
    return new MongoDBInstrumentation();
  },
  async ioredis() {
    const { IORedisInstrumentation } = await import('@opentelemetry/instrumentation-ioredis');
    return new IORedisInstrumentation({ requireParentSpan: true });
  },
};
