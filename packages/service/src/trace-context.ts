import { randomBytes } from 'node:crypto';
import { isSampledHere } from './telemetry/span.ts';

/** The W3C trace context that travels with every request, record and outbox row: https://www.w3.org/TR/trace-context/. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
  /** Whether the trace begins here: its first span has no parent. */
  readonly isNew?: boolean;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE_MAX_CHARACTERS = 512;

/** The context that headers carry, or a new one where they carry none or a malformed one. */
export function traceContextOf(headers: Readonly<Record<string, string | string[] | undefined>>): TraceContext {
  const traceparent = headers.traceparent;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return newTraceContext();
  const tracestate = headers.tracestate;
  if (typeof tracestate !== 'string' || tracestate === '' || tracestate.length > TRACESTATE_MAX_CHARACTERS)
    return { traceparent };
  return { traceparent, tracestate };
}

/** The root of a new trace, sampled as this process's telemetry says. */
export function newTraceContext(): TraceContext {
  const traceId = randomBytes(16).toString('hex');
  const flags = isSampledHere(traceId) ? '01' : '00';
  return { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`, isNew: true };
}

/** The 32 hexadecimal digits that all of a trace's spans and log lines share. */
export function traceIdOf(context: TraceContext): string {
  return context.traceparent.slice(3, 35);
}

/** The context as headers of a request or a record. */
export function traceHeaders(context: TraceContext): Record<string, string> {
  return context.tracestate === undefined
    ? { traceparent: context.traceparent }
    : { traceparent: context.traceparent, tracestate: context.tracestate };
}
