import type { EventLog, TopicSettings } from '@tributary/event-log';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Creates and checks topics, and answers a table of what is there then.
 * @throws EventLogError `TOPIC_MISMATCH`, `UNAVAILABLE`
 */
export async function ensureTopics(log: EventLog, topics: readonly TopicSettings[]): Promise<string[]> {
  await log.ensureTopics(topics);
  const rows = [['topic', 'partitions', 'retention', 'records']];
  for (const { name, retentionMs } of topics) {
    const ranges = [...(await log.offsets(name)).values()];
    const records = ranges.reduce((sum, { start, end }) => sum + (end - start), 0n);
    rows.push([name, String(ranges.length), durationText(retentionMs), String(records)]);
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** A duration in its largest whole unit. */
export function durationText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} ${ms === DAY_MS ? 'day' : 'days'}`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms} ms`;
}
