import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { LogRecord } from '../event-log.ts';

/** A message of the library as a record of the port. */
export function recordOf(topic: string, partition: number, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key?.toString() ?? null,
    value: message.value ?? Buffer.alloc(0),
    headers: headersOf(message.headers),
  };
}

/** A header that came more than once keeps its last value. One without a value, which foreign producers may write, is left out. */
function headersOf(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last != null) texts[name] = last.toString();
  }
  return texts;
}
