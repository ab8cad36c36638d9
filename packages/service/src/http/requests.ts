import { performance } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { createDurations } from '../metrics/durations.ts';
import { isTraced, type Span, startSpan } from '../telemetry/span.ts';
import { type TraceContext, traceContextOf, traceIdOf } from '../trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace that the request belongs to, its caller's or a new one: what is done for it goes on from here. */
    trace: TraceContext;
    /** The request in its trace; null where the trace is not recorded. */
    span: Span | null;
    /** Ends what is told of the request. For an answer that goes on for as long as its caller likes: it has begun. */
    answered(): void;
  }
}

export interface RequestObservation {
  /** Who answers, since one process may hold several servers. */
  readonly server: string;
  readonly registry: Registry;
}

/** The header of every answer by which its trace is found. */
export const TRACE_ID_HEADER = 'trace-id';

/** What nginx logs of a caller that left before its answer. */
const CALLER_LEFT = 499;

/** By a status's first digit. */
const STATUS_CLASSES: readonly string[] = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'];

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Has each request belong to a trace, be a span of it where it is recorded, and be measured by its route. */
export function observeRequests(app: FastifyInstance, { server, registry }: RequestObservation): void {
  const durations = createDurations({
    registry,
    name: 'tributary_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, or to the begin of one that goes on, by server, route, method and class of status.',
    labelNames: ['server', 'route', 'method', 'status'],
  });
  app.decorateRequest('trace', null as unknown as TraceContext);
  app.decorateRequest('span', null);
  app.decorateRequest('answered', null as unknown as () => void);
  app.addHook('onRequest', (request, reply, next) => {
    const startedMs = performance.now();
    const caller = traceContextOf(request.headers);
    const span = isTraced(caller) ? spanOf(caller, request.method, request.routeOptions.url, request.url) : null;
    const trace = span?.context ?? caller;
    let isOpen = true;
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      const { raw } = reply;
      const status = raw.headersSent ? raw.statusCode : CALLER_LEFT;
      const method = METHODS.has(request.method) ? request.method : '_OTHER';
      const labels = {
        server,
        route: request.routeOptions.url ?? 'unmatched',
        method,
        status: STATUS_CLASSES[Math.floor(status / 100)] ?? 'other',
      };
      durations.observe(labels, (performance.now() - startedMs) / 1_000, trace);
      if (!span) return;
      span.set({ 'http.response.status_code': status });
      if (status >= 500) span.fail(`status ${status}`);
      span.end();
    };
    request.trace = trace;
    request.span = span;
    request.answered = end;
    reply.header(TRACE_ID_HEADER, traceIdOf(trace));
    // Told of every end, also of a caller that left.
    reply.raw.once('close', end);
    next();
  });
}

function spanOf(parent: TraceContext, method: string, route: string | undefined, url: string): Span {
  return startSpan(route === undefined ? method : `${method} ${route}`, {
    parent,
    kind: 'server',
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.path': url.split('?', 1)[0],
    },
  });
}
