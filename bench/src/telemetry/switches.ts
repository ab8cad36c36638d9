import { context, type ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type Instrumentation, InstrumentationBase } from '@opentelemetry/instrumentation';
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { SpanRecorder } from '../../../packages/service/src/telemetry/span.ts';
import type { Variant } from './variants.ts';

/** What the patched code of a process asks, and tells. */
export interface Switches {
  /** The recorder that the process was started with: of all traces. */
  recorder?: SpanRecorder;
  /** Whether anybody asks if traces are recorded. */
  asks: boolean;
  /** Whether metrics are counted. */
  measures: boolean;
}

declare global {
  var telemetrySwitches: Switches;
}

/** The lowest 32 bits of a trace id, against which a ratio is held. */
const RANGE = 2 ** 32;

/** To be called before anything of the service is loaded. Resolves with what switches its process. */
export function installSwitches(promClient: typeof import('prom-client'), perfHooks: typeof import('node:perf_hooks')) {
  globalThis.telemetrySwitches = { asks: true, measures: true };
  const instrumentations = collectInstrumentations();
  const watchers = collectWatchers(perfHooks);
  const { Counter, Gauge, Histogram } = promClient;
  // A counter and a histogram choose between two methods when they are made.
  switched(Counter.prototype, 'incWithoutExemplar', 'incWithExemplar');
  switched(Histogram.prototype, 'observeWithoutExemplar', 'observeWithExemplar');
  switched(Gauge.prototype, 'inc', 'dec', 'set');

  return {
    async choose({ traces, without }: Variant): Promise<void> {
      const { setSpanRecorder } = await import('../../../packages/service/src/telemetry/span.ts');
      const { recorder } = telemetrySwitches;
      if (!recorder) throw new Error('this process records no traces that could be switched');
      telemetrySwitches.asks = without !== 'spans';
      telemetrySwitches.measures = without !== 'metrics';
      for (const watcher of watchers) watcher(telemetrySwitches.measures);
      const isOn = traces !== undefined;
      setSpanRecorder(
        isOn ? { ...recorder, samples: (traceId) => Number.parseInt(traceId.slice(24), 16) < traces * RANGE } : null,
      );
      for (const instrumentation of instrumentations) isOn ? instrumentation.enable() : instrumentation.disable();
      const manager = (
        context as unknown as { _getContextManager(): AsyncLocalStorageContextManager }
      )._getContextManager();
      isOn ? manager.enable() : manager.disable();
    },
    /** Sends the spans that wait, or gives them up. */
    async flush(): Promise<void> {
      const provider = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate() as BasicTracerProvider;
      await provider.forceFlush().catch(() => {});
    },
  };
}

/** Has methods do nothing while nothing is measured. */
function switched(prototype: object, ...methods: readonly string[]): void {
  const methodsOf = prototype as Record<string, (...args: unknown[]) => unknown>;
  for (const method of methods) {
    const original = methodsOf[method];
    if (!original) throw new Error(`prom-client has no ${method} any more`);
    methodsOf[method] = function (this: unknown, ...args: unknown[]) {
      return telemetrySwitches.measures ? original.apply(this, args) : undefined;
    };
  }
}

/** All instrumentations that the process ever enables. */
function collectInstrumentations(): ReadonlySet<Instrumentation> {
  const found = new Set<Instrumentation>();
  const { enable } = InstrumentationBase.prototype;
  InstrumentationBase.prototype.enable = function (this: InstrumentationBase) {
    found.add(this);
    return enable.call(this);
  };
  return found;
}

/** What switches those that metrics have watch the garbage collector and the event loop. */
function collectWatchers(perfHooks: typeof import('node:perf_hooks')): ReadonlySet<(isOn: boolean) => void> {
  const found = new Set<(isOn: boolean) => void>();
  const { PerformanceObserver, monitorEventLoopDelay } = perfHooks;
  perfHooks.PerformanceObserver = class extends PerformanceObserver {
    override observe(options: Parameters<InstanceType<typeof PerformanceObserver>['observe']>[0]): void {
      super.observe(options);
      found.add((isOn) => (isOn ? super.observe(options) : this.disconnect()));
    }
  } as typeof PerformanceObserver;
  perfHooks.monitorEventLoopDelay = (options) => {
    const monitor = monitorEventLoopDelay(options);
    found.add((isOn) => void (isOn ? monitor.enable() : monitor.disable()));
    return monitor;
  };
  return found;
}
