import type { EventLog, LogRecord, OutgoingRecord, TailOptions } from '@tributary/event-log';

/** An event log in a test's hands: it publishes as the test says and tails what the test shows. */
export interface FakeLog extends EventLog {
  /** What each publish does; at first it acknowledges. */
  onPublish: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly published: OutgoingRecord[];
  /** Lets the tail see a record with this key and text. */
  show(key: string, text: string, headers?: LogRecord['headers']): void;
  caughtUp: boolean;
  up: boolean;
  end(reason: Error): void;
}

export function createFakeLog(): FakeLog {
  const tails: TailOptions[] = [];
  const ended = Promise.withResolvers<Error>();
  const published: OutgoingRecord[] = [];
  const fake: FakeLog = {
    system: 'fake',
    onPublish: async () => {},
    published,
    caughtUp: true,
    up: true,
    end: ended.resolve,
    show(key, text, headers = {}) {
      const record: LogRecord = {
        topic: 'events',
        partition: 0,
        offset: 0n,
        timestampMs: 0,
        key,
        value: Buffer.from(text),
        headers,
      };
      for (const tail of tails) void tail.onRecords([record]);
    },
    ensureTopics: async () => {},
    async publish(_topic, records) {
      published.push(...records);
      await fake.onPublish(records);
      return records.map((_, index) => ({ partition: 0, offset: BigInt(index) }));
    },
    consume: () => Promise.reject(new Error('no consumers here')),
    async tail(options) {
      tails.push(options);
      return {
        caughtUp: () => fake.caughtUp,
        ready: Promise.resolve(),
        positions: () => new Map(),
        ended: ended.promise,
        stop: async () => {
          tails.splice(tails.indexOf(options), 1);
        },
      };
    },
    offsets: async () => new Map(),
    identity: async () => 'fake-log-0000000',
    describe: async () => new Map(),
    isUp: () => fake.up,
    close: async () => {},
  };
  return fake;
}
