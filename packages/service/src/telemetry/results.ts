import { Counter, type Registry } from 'prom-client';

/** What became of a span: the receiver took it, refused it or was too slow, or too many waited for it. */
export type SpanResult = 'sent' | 'failed' | 'dropped';

/** Of this process, which records spans before it has a registry. */
const results: Record<SpanResult, number> = { sent: 0, failed: 0, dropped: 0 };

export function countSpans(result: SpanResult, spans: number): void {
  results[result] += spans;
}

/** Tells how many of the process's spans were sent, and how many were lost. */
export function measureSpans(registry: Registry): void {
  new Counter({
    name: 'tributary_traces_spans_total',
    help: 'Recorded spans by what became of them: sent, failed because the receiver refused them or was too slow, dropped because too many waited.',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [result, spans] of Object.entries(results)) this.inc({ result }, spans);
    },
  });
}
