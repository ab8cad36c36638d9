import { performance } from 'node:perf_hooks';
import { finished } from 'node:stream';
import * as grpc from '@grpc/grpc-js';
import type { Registry } from 'prom-client';
import { createDurations, type Durations } from '../metrics/durations.ts';
import { isTraced, runInSpan, type Span, type SpanKind, startSpan } from '../telemetry/span.ts';
import { type TraceContext, traceContextOf, traceHeaders } from '../trace-context.ts';

/** How long calls took. */
export type GrpcDurations = Durations<'service' | 'method' | 'code'>;

/** How long the calls of this process's clients take. */
export function grpcClientDurations(registry: Registry): GrpcDurations {
  return createDurations({
    registry,
    name: 'tributary_grpc_client_duration_seconds',
    help: 'Time from a gRPC call to its answer as its caller sees it, attempts that were repeated included, by service, method and status code.',
    labelNames: ['service', 'method', 'code'],
  });
}

function grpcServerDurations(registry: Registry): GrpcDurations {
  return createDurations({
    registry,
    name: 'tributary_grpc_server_duration_seconds',
    help: 'Time from a gRPC call to its answer as its server sees it, by service, method and status code.',
    labelNames: ['service', 'method', 'code'],
  });
}

/** A call under way. */
export interface ObservedCall {
  /** What the call belongs to from here on, if it belongs to anything. */
  readonly trace: TraceContext | undefined;
  /** Null where the trace is not recorded. */
  readonly span: Span | null;
  /** Tells how it ended, once. */
  end(code: grpc.status): void;
}

export interface ObservedCallOptions {
  /** `/<service>/<method>` */
  readonly path: string;
  readonly kind: SpanKind & ('client' | 'server');
  readonly parent: TraceContext | undefined;
  readonly durations: GrpcDurations | undefined;
}

/** What a server is at fault for; to a client every code but OK is a failure. */
const SERVER_FAULTS: ReadonlySet<grpc.status> = new Set([
  grpc.status.UNKNOWN,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.UNIMPLEMENTED,
  grpc.status.INTERNAL,
  grpc.status.UNAVAILABLE,
  grpc.status.DATA_LOSS,
]);

/** Begins to observe a call: its span, where its trace is recorded, and its duration. */
export function observeCall({ path, kind, parent, durations }: ObservedCallOptions): ObservedCall {
  const startedMs = performance.now();
  const [service = '', method = ''] = path.slice(1).split('/');
  const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
  const span = parent && isTraced(parent) ? startSpan(path.slice(1), { parent, kind, attributes }) : null;
  const trace = span?.context ?? parent;
  let isOpen = true;
  return {
    trace,
    span,
    end(code) {
      if (!isOpen) return;
      isOpen = false;
      const word = grpc.status[code] ?? 'UNKNOWN';
      durations?.observe({ service, method, code: word }, (performance.now() - startedMs) / 1_000, trace);
      if (!span) return;
      span.set({ 'rpc.grpc.status_code': code });
      if (code !== grpc.status.OK && (kind === 'client' || SERVER_FAULTS.has(code))) span.fail(word);
      span.end();
    },
  };
}

/** The methods of a service, each call of which is observed, and goes on in its own span. */
export function observedService(
  definition: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
  registry: Registry | undefined,
): grpc.UntypedServiceImplementation {
  const durations = registry && grpcServerDurations(registry);
  const methods = Object.entries(definition).flatMap(([name, { path }]) => {
    const handle = implementation[name] as Handler | undefined;
    return handle ? [[name, observedMethod(path, handle.bind(implementation), durations)] as const] : [];
  });
  return Object.fromEntries(methods) as grpc.UntypedServiceImplementation;
}

type Callback = grpc.sendUnaryData<unknown>;
type Call = grpc.ServerUnaryCall<unknown, unknown> & grpc.ServerWritableStream<unknown, unknown>;
type Handler = (call: Call, callback?: Callback) => void;

/** Methods that answer once are given a callback; the others end with their stream. */
function observedMethod(path: string, handle: Handler, durations: GrpcDurations | undefined): Handler {
  return (call, callback) => {
    const parent = traceContextOf(call.metadata.getMap() as Record<string, string>);
    const { trace, span, end } = observeCall({ path, kind: 'server', parent, durations });
    // A trace that begins here is also the handler's.
    if (span || parent.isNew)
      for (const [name, value] of Object.entries(traceHeaders(trace ?? parent))) call.metadata.set(name, value);
    const endBy = (error: unknown) => end(call.cancelled ? grpc.status.CANCELLED : codeOf(error));
    const answer: Callback | undefined =
      callback &&
      ((error, ...rest) => {
        endBy(error);
        callback(error, ...rest);
      });
    if (!callback) {
      call.once('cancelled', endBy);
      finished(call, { readable: false }, endBy);
    }
    if (span) runInSpan(span, () => handle(call, answer));
    else handle(call, answer);
  };
}

/** The status that an error is answered with. */
export function codeOf(error: unknown): grpc.status {
  if (!error) return grpc.status.OK;
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : grpc.status.UNKNOWN;
}
