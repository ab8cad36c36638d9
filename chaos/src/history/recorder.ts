import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { Answer, Entry, Operation } from './entry.ts';

export interface Recorder {
  /** Performs an operation and records it with its answer. `perform` must not reject: an outage is an answer. */
  record(
    who: Pick<Entry, 'client' | 'via' | 'replica'>,
    operation: Operation,
    perform: () => Promise<Answer>,
  ): Promise<Entry>;
  readonly entries: readonly Entry[];
  /** Resolves when all is in the file. */
  close(): Promise<void>;
}

/** Records operations in memory, and as lines of JSON in a file as they end. */
export function createRecorder(file: string): Recorder {
  const lines = createWriteStream(file);
  const entries: Entry[] = [];
  let begun = 0;
  return {
    entries,
    async record(who, operation, perform) {
      const n = begun++;
      const invokedMs = performance.now();
      const answer = await perform();
      const entry: Entry = { n, ...who, invokedMs, answeredMs: performance.now(), operation, answer };
      entries.push(entry);
      lines.write(`${JSON.stringify(entry)}\n`);
      return entry;
    },
    async close() {
      lines.end();
      await finished(lines);
    },
  };
}

/** Reads a history back, in the order in which operations were begun. */
export async function readHistory(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) entries.push(JSON.parse(line) as Entry);
  return entries.sort((a, b) => a.n - b.n);
}
