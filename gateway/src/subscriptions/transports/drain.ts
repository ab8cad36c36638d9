import { setTimeout as delay } from 'node:timers/promises';

const BATCHES = 20;

/** Calls back for each of many, in random order, spread over a time: so that not all of their clients come again at once. */
export async function inRandomBatches<T>(all: Iterable<T>, overMs: number, each: (one: T) => void): Promise<void> {
  const shuffled = [...all];
  for (let index = shuffled.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
  }
  const size = Math.ceil(shuffled.length / BATCHES);
  for (let start = 0; start < shuffled.length; start += size) {
    if (start > 0) await delay(overMs / BATCHES);
    for (const one of shuffled.slice(start, start + size)) each(one);
  }
}
