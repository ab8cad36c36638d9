export { stopTelemetry } from './register.ts';
export {
  hasSpanRecorder,
  inSpan,
  isTraced,
  runInSpan,
  type Span,
  type SpanAttributes,
  type SpanOptions,
  type SpanRecorder,
  setSpanRecorder,
  startSpan,
} from './span.ts';
export { telemetryVariables } from './variables.ts';
