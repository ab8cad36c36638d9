import { setTimeout as delay } from 'node:timers/promises';
import { nowUs } from './mark.ts';
import type { Stage } from './stage.ts';

export interface PublishOptions {
  readonly descriptionLength?: number;
}

/** Publishes one event after the other, each when the one before has come to all; at most so many in a second. */
export async function oneByOne(
  { load, publisher }: Stage,
  { events, perSecond, ...options }: PublishOptions & { events: number; perSecond: number },
): Promise<void> {
  for (let n = 0; n < events; n += 1) {
    const startedMs = performance.now();
    const sequence = publisher.next();
    await Promise.all([publisher.publish(options), load.complete(sequence)]);
    await delay(Math.max(0, 1_000 / perSecond - (performance.now() - startedMs)));
  }
}

/** Publishes for some seconds as fast as events come to all, with so many on their way; resolves when the last has come. */
export async function asFastAsTheyGo(
  { load, publisher }: Stage,
  { seconds, onTheirWay }: { seconds: number; onTheirWay: number },
): Promise<{ events: number; seconds: number }> {
  const startedMs = performance.now();
  let events = 0;
  const lane = async () => {
    while (performance.now() - startedMs < seconds * 1_000) {
      const sequence = publisher.next();
      events += 1;
      await Promise.all([publisher.publish(), load.complete(sequence)]);
    }
  };
  await Promise.all(Array.from({ length: onTheirWay }, lane));
  return { events, seconds: (performance.now() - startedMs) / 1_000 };
}

/** Publishes so many in a second until the work is done, whether they come or not. */
export async function meanwhile<T>(
  { publisher }: Stage,
  { perSecond }: { perSecond: number },
  work: Promise<T>,
): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {}); // returned below
  while (!isDone) {
    await publisher.publish();
    await delay(1_000 / perSecond);
  }
  return done;
}

/** When all of the events from one on have come to all, in microseconds of `nowUs`. */
export async function allComplete({ load, publisher }: Stage, firstSequence: number): Promise<number> {
  let lastUs = 0;
  for (let sequence = firstSequence; sequence < publisher.next(); sequence += 1)
    lastUs = Math.max(lastUs, await load.complete(sequence));
  return lastUs || nowUs();
}
