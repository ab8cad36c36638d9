import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '@tributary/event-log';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { type CursorKey, createCursors } from '../../../gateway/src/subscriptions/cursor.ts';
import { cursorKey } from '../deployment.ts';
import { type Case, type Positions, whatIsWrong } from './check.ts';
import type { Made } from './load.ts';
import { readTopic, type Topic } from './topic.ts';

/** What there is to hold a follower's account against. */
export interface Evidence extends Topic {
  read(cursor: string): Positions | null;
}

/** Reads the evidence anew, since it is to be there whatever happened to the log meanwhile. */
export type TakeEvidence = () => Promise<Evidence>;

export function evidenceOnKafka(brokers: readonly string[]): TakeEvidence {
  const key = { id: cursorKey.id, secret: Buffer.from(cursorKey.secret) };
  return () => withKafka(brokers, (log) => readEvidence(log, key));
}

/** Calls back with a log that is closed afterwards. */
export async function withKafka<T>(brokers: readonly string[], use: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await createKafkaEventLog({ brokers, clientId: 'e2e', logger: silentLogger() });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

export async function readEvidence(log: EventLog, key: CursorKey): Promise<Evidence> {
  const { name: topic, partitions } = productEvents;
  const cursors = createCursors({ keys: [key], log: await log.identity(), topic, partitions });
  // Followers share most of them.
  const known = new Map<string, Positions | null>();
  function read(cursor: string): Positions | null {
    let positions = known.get(cursor);
    if (positions === undefined) {
      positions = cursors.read(cursor);
      known.set(cursor, positions);
    }
    return positions;
  }
  return { ...(await readTopic(log)), read };
}

/** What one subscriber says. */
export interface Testimony extends Pick<Case, 'ask' | 'start' | 'told'> {
  readonly failures: readonly string[];
}

export interface Account {
  readonly followers: readonly Testimony[];
  readonly evidence: TakeEvidence;
  /** What has to be in the topic, so that no evidence that is incomplete convinces. */
  readonly made?: readonly Made[];
  readonly deadlineMs?: number;
}

/** Waits until the followers have been told all that they asked for; rejects with what is wrong when it is not only late. */
export async function allTold({ followers, evidence, made = [], deadlineMs = 30_000 }: Account): Promise<Evidence> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    // Before the topic is read, which then has at least what they were told.
    const tellings = followers.map(({ told }) => [...told]);
    const found = await evidence();
    const { changes, read } = found;
    const names = new Set(changes.map(({ productId, version }) => `${productId}@${version}`));
    const late = made.map(({ productId, version }) => `${productId}@${version}`).filter((name) => !names.has(name));
    const wrong = followers.flatMap(({ ask, start, failures }, n) => [
      ...failures,
      ...whatIsWrong({ ask, start, told: tellings[n]!, changes, read }).map((line) => `follower ${n}: ${line}`),
    ]);
    if (late.length === 0 && wrong.length === 0) return found;
    const isOnlyLate = wrong.every((line) => /^follower \d+: not told /.test(line));
    if (!isOnlyLate || performance.now() > deadline)
      assert.fail([...late.map((name) => `${name} is not in the topic`), ...wrong].slice(0, 30).join('\n'));
    await delay(50);
  }
}
