import { type EventLog, EventLogError, type OutgoingRecord } from '@tributary/event-log';

export interface PublishedRecord extends OutgoingRecord {
  topic: string;
}

/** A log in a test's hands: it keeps what is published, and publishing does what the test says. */
export interface FakeLog extends EventLog {
  /** What the topics hold, in order. */
  readonly records: PublishedRecord[];
  /** Called for each publish; `append` puts the records into the topic. At first it only does that. */
  onPublish: (append: () => void, records: readonly OutgoingRecord[]) => Promise<void> | void;
}

/** @param records what the topics hold: several writers may share it */
export function createFakeLog(records: PublishedRecord[] = []): FakeLog {
  const fake: FakeLog = {
    system: 'fake',
    records,
    onPublish: (append) => append(),
    async publish(topic, published) {
      const append = () => {
        for (const record of published) records.push({ ...record, topic });
      };
      await fake.onPublish(append, published);
      return published.map((_, index) => ({ partition: 0, offset: BigInt(index) }));
    },
    ensureTopics: async () => {},
    consume: () => Promise.reject(new Error('nobody consumes here')),
    tail: () => Promise.reject(new Error('nobody tails here')),
    offsets: async () => new Map(),
    identity: async () => 'fake-log-0000000',
    describe: async () => new Map(),
    isUp: () => true,
    close: async () => {},
  };
  return fake;
}

/** A log that is away: nothing is sent. */
export function unavailable(): Promise<void> {
  return Promise.reject(new EventLogError('UNAVAILABLE', 'the brokers are away'));
}
