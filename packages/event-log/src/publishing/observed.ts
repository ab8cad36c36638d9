import type { Registry } from 'prom-client';
import type { EventLog } from '../event-log.ts';
import { publishingMetrics } from './metrics.ts';
import { beginPublishSpans } from './spans.ts';

export interface ObservedOptions {
  /** The log's `system`. */
  system: string;
  /** Takes `tributary_log_publish_duration_seconds` and `tributary_log_published_records_total`. */
  registry: Registry | undefined;
}

/**
 * The same way to publish, measured; and each record whose trace is recorded is published in a span of its own, whose context it
 * carries from then on.
 */
export function observed(publish: EventLog['publish'], { system, registry }: ObservedOptions): EventLog['publish'] {
  const metrics = registry && publishingMetrics(registry);
  return async (topic, records, options) => {
    const spans = beginPublishSpans(records, { system, topic, attributes: options.attributes });
    const clock = metrics?.begin(topic, spans?.trace);
    try {
      const positions = await publish(topic, spans?.records ?? records, options);
      spans?.end(positions);
      clock?.done(records.length);
      return positions;
    } catch (error) {
      spans?.fail(error);
      clock?.failed(error);
      throw error;
    }
  };
}
