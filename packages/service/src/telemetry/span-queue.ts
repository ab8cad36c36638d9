import { context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanResult } from './results.ts';

export interface SpanQueueOptions {
  readonly exporter: SpanExporter;
  /** Gives up what the exporter has under way, where it does not do so itself. */
  abort?(): void;
  /** So many may wait; what does not fit is dropped. */
  readonly maxSpans: number;
  /** So many are sent at once, and as soon as there are so many. */
  readonly batchSpans: number;
  /** How long fewer may wait, and how long nothing is sent after a failure. */
  readonly everyMs: number;
  /** How long the receiver may take. */
  readonly timeoutMs: number;
  /** Told what became of spans. */
  count(result: SpanResult, spans: number): void;
}

/**
 * Sends spans in batches, one at a time, and never holds more than a queue and a batch of them, whatever the receiver does.
 * OpenTelemetry's BatchSpanProcessor sends several at once after a failure, and is waiting for none it gave up.
 */
export function createSpanQueue(options: SpanQueueOptions): SpanProcessor {
  const { exporter, abort, maxSpans, batchSpans, everyMs, timeoutMs, count } = options;
  let waiting: ReadableSpan[] = [];
  let sending: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let rests = false;
  let isStopped = false;

  /** Whether the receiver took them. */
  function exported(batch: ReadableSpan[]): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        resolve(false);
        abort?.();
      }, timeoutMs);
      late.unref();
      context.with(suppressTracing(context.active()), () =>
        exporter.export(batch, ({ code }) => {
          clearTimeout(late);
          resolve(code === ExportResultCode.SUCCESS);
        }),
      );
    });
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSpans);
      const isSent = await exported(batch);
      count(isSent ? 'sent' : 'failed', batch.length);
      if (!isSent) {
        rests = true;
        return;
      }
    }
  }

  /** Sends what waits, until it has all been sent or some could not be. */
  function send(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    rests = false;
    sending ??= sendAll().finally(() => {
      sending = null;
      if (waiting.length > 0) sendSoon();
    });
    return sending;
  }

  function sendSoon(): void {
    timer ??= setTimeout(send, everyMs).unref();
  }

  return {
    onStart() {},
    onEnd(span) {
      if (isStopped) return;
      if (waiting.length >= maxSpans) return count('dropped', 1);
      waiting.push(span);
      if (sending) return;
      if (waiting.length >= batchSpans && !rests) void send();
      else sendSoon();
    },
    forceFlush: send,
    async shutdown() {
      isStopped = true;
      await send();
      count('dropped', waiting.length);
      waiting = [];
      await exporter.shutdown();
    },
  };
}
