import { EventEmitter } from 'node:events';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';

/** A consumer of topic `topic` that does nothing by itself. */
export interface FakeConsumer {
  crash(name: string, restart: boolean): void;
  join(partitions: number[]): void;
  /** A fetch ends. */
  fetch(): void;
  /** Hands out records with these values, from an offset on; resolves when they are dealt with. */
  batch(partition: number, offset: bigint, values: readonly string[]): Promise<void>;
}

/** A client whose consumers do nothing by themselves. */
export function fakeKafka() {
  const made: FakeConsumer[] = [];
  const awaited = new Map<number, () => void>();

  function consumer(): Consumer {
    const events = new EventEmitter();
    let eachBatch = async (_: EachBatchPayload): Promise<void> => {};
    made.push({
      crash: (name, restart) =>
        events.emit('crash', { payload: { error: Object.assign(new Error(name), { name }), restart } }),
      fetch: () => events.emit('fetch'),
      join: (partitions) => events.emit('join', { payload: { memberAssignment: { topic: partitions } } }),
      batch: (partition, offset, values) => eachBatch(payloadOf(partition, offset, values)),
    });
    awaited.get(made.length)?.();
    const nothing = async () => {};
    let runs = false;
    /** As kafkajs, which throws from a consumer that does not run. */
    const whileRunning = () => {
      if (!runs) throw new Error('consumer#run must be called first');
    };
    return {
      events: { GROUP_JOIN: 'join', FETCH: 'fetch', CRASH: 'crash' },
      on: (name: string, listener: () => void) => events.on(name, listener),
      run: async (config: { eachBatch: typeof eachBatch }) => {
        eachBatch = config.eachBatch;
        runs = true;
      },
      disconnect: async () => {
        runs = false;
      },
      ...{ seek: whileRunning, pause: whileRunning, resume: whileRunning },
      ...{ connect: nothing, subscribe: nothing, commitOffsets: nothing },
    } as unknown as Consumer;
  }

  return {
    kafka: { consumer } as unknown as Kafka,
    made,
    /** Resolves when so many consumers were made. */
    consumers: (count: number) =>
      new Promise<void>((resolve) => (made.length >= count ? resolve() : awaited.set(count, resolve))),
  };
}

function payloadOf(partition: number, offset: bigint, values: readonly string[]): EachBatchPayload {
  const messages = values.map((value, index) => ({
    ...{ key: Buffer.from('k'), value: Buffer.from(value), headers: {} },
    ...{ offset: String(offset + BigInt(index)), timestamp: '0' },
  }));
  const batch = { topic: 'topic', partition, messages, fetchedOffset: String(offset), highWatermark: '0' };
  return {
    batch,
    resolveOffset: () => {},
    heartbeat: async () => {},
    isRunning: () => true,
    isStale: () => false,
  } as unknown as EachBatchPayload;
}
