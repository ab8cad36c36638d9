import type { Producer } from 'kafkajs';
import { EventLogError, type OutgoingRecord, type RecordPosition } from '../event-log.ts';
import { RECORD_MAX_BYTES } from '../record-size.ts';
import type { Availability } from './availability.ts';

/** Records that go out together. */
export interface Together {
  readonly topic: string;
  readonly records: readonly (OutgoingRecord & { partition: number })[];
  /** What they take, in bytes. */
  readonly bytes: number;
}

interface Publication extends Together {
  /** Set when its records have left, or may have. */
  sent: boolean;
  resolve(positions: RecordPosition[]): void;
  reject(error: Error): void;
}

export interface PublisherOptions {
  producer: Pick<Producer, 'sendBatch'>;
  availability: Availability;
}

/** Sends what is published, one request at a time, with all that came meanwhile in the next one: so order holds and load makes batches. */
export interface Publisher {
  publish(together: Together, deadlineMs: number): Promise<RecordPosition[]>;
  /** Resolves when nothing is under way. */
  drain(): Promise<void>;
}

/** Records in one request: large enough for throughput, small enough that a failed one concerns few. */
const MAX_RECORDS_PER_SEND = 500;
/** What goes to one partition in one request is one batch, which a broker limits like a single record. */
const MAX_BYTES_PER_SEND = RECORD_MAX_BYTES;
/** So often partitions may move within one batch. */
const MAX_ATTEMPTS = 10;

export function createPublisher({ producer, availability }: PublisherOptions): Publisher {
  const queue: Publication[] = [];
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    // Whatever is published in this turn of the event loop goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await send(takeNext(queue));
    sending = undefined;
  }

  async function send(batch: readonly Publication[]): Promise<void> {
    for (const publication of batch) publication.sent = true;
    try {
      const offsets = await request(producer, batch);
      for (const { topic, records, resolve } of batch)
        resolve(records.map(({ partition }) => ({ partition, offset: offsets.next(topic, partition) })));
    } catch (error) {
      availability.suspect();
      for (const { reject } of batch)
        reject(new EventLogError('NOT_CONFIRMED', 'the log did not confirm the records', { cause: error }));
    }
  }

  return {
    publish(together, deadlineMs) {
      return new Promise((resolve, reject) => {
        const publication: Publication = {
          ...together,
          sent: false,
          resolve: settle(resolve),
          reject: settle(reject),
        };
        const timer = setTimeout(() => {
          availability.suspect();
          reject(lateError(publication, deadlineMs));
          const index = queue.indexOf(publication);
          if (index >= 0) queue.splice(index, 1);
        }, deadlineMs);
        function settle<T>(finish: (value: T) => void): (value: T) => void {
          return (value) => {
            clearTimeout(timer);
            finish(value);
          };
        }
        queue.push(publication);
        sending ??= sendAll();
      });
    },
    drain: async () => {
      while (sending) await sending;
    },
  };
}

/** A publication that waited behind another request was never sent, and may be refused for sure. */
function lateError({ sent }: Publication, deadlineMs: number): EventLogError {
  return sent
    ? new EventLogError('NOT_CONFIRMED', `the log did not confirm the records within ${deadlineMs} ms`)
    : new EventLogError('UNAVAILABLE', `the log took no records for ${deadlineMs} ms; nothing was sent`);
}

function takeNext(queue: Publication[]): Publication[] {
  let count = 0;
  let size = 0;
  const end = queue.findIndex(({ records, bytes }) => {
    count += records.length;
    size += bytes;
    return count > MAX_RECORDS_PER_SEND || size > MAX_BYTES_PER_SEND;
  });
  return queue.splice(0, end === -1 ? queue.length : Math.max(end, 1));
}

/** Sends a batch until every partition of it has answered; tells the offset of each record in turn. */
async function request(producer: PublisherOptions['producer'], batch: readonly Publication[]) {
  const next = new Map<string, bigint>();
  const isAnswered = (topic: string, partition: number) => next.has(`${topic}/${partition}`);
  let missing = messagesOf(batch);
  for (let attempt = 1; missing.length > 0; attempt += 1) {
    if (attempt > MAX_ATTEMPTS) throw new Error('the brokers acknowledge only some of the partitions');
    const metadata = await producer.sendBatch({ acks: -1, topicMessages: missing });
    for (const { topicName, partition, baseOffset } of metadata)
      next.set(`${topicName}/${partition}`, BigInt(baseOffset ?? -1));
    // A partition that moves to a broker which has answered in the same request is left out, and the request counts as done
    // all the same (kafkajs: producer/sendMessages.js, brokersWithoutResponse). None of its records was appended then.
    missing = missing
      .map(({ topic, messages }) => ({
        topic,
        messages: messages.filter(({ partition }) => !isAnswered(topic, partition)),
      }))
      .filter(({ messages }) => messages.length > 0);
  }
  return {
    /** The offset of the next record of the batch in its partition. */
    next(topic: string, partition: number): bigint {
      const offset = next.get(`${topic}/${partition}`) as bigint;
      next.set(`${topic}/${partition}`, offset + 1n);
      return offset;
    },
  };
}

function messagesOf(batch: readonly Publication[]) {
  const byTopic = Map.groupBy(batch, ({ topic }) => topic);
  return [...byTopic].map(([topic, publications]) => ({
    topic,
    messages: publications.flatMap(({ records }) =>
      records.map(({ key, value, headers, partition }) => ({
        key,
        value: Buffer.from(value),
        headers: { ...headers },
        partition,
      })),
    ),
  }));
}
