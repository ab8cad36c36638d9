import type { Registry } from 'prom-client';

export interface Progress {
  perSecond: number;
}

const LOOK_EVERY_MS = 25;
/** So many are left aside at the beginning, if the look comes in time: what is loaded and compiled then is no part of the throughput. */
const WARM_UP_SHARE = 0.05;
const STANDSTILL_MS = 30_000;

/** Waits until a counter has come to `count` and tells how fast it went, from the first few percent on. */
export async function throughput(registry: Registry, counter: string, count: number): Promise<Progress> {
  let begun = { ms: performance.now(), at: 0 };
  let last = begun;
  for (;;) {
    const at = await counted(registry, counter);
    const ms = performance.now();
    if (at > last.at) last = { ms, at };
    if (ms - last.ms > STANDSTILL_MS) throw new Error(`${counter} stands still at ${at} of ${count}`);
    if (at >= count) return { perSecond: ((at - begun.at) * 1_000) / (ms - begun.ms) };
    if (begun.at === 0 && at >= count * WARM_UP_SHARE) begun = { ms, at };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function counted(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

/** The value below which a share of a histogram's observations lies, within its bucket; in the histogram's unit. */
export async function quantileOf(registry: Registry, name: string, share: number): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  const buckets = (metric?.values ?? [])
    .filter(({ labels }) => 'le' in labels && labels.le !== '+Inf')
    .map(({ labels, value }) => ({ upTo: Number((labels as { le: number }).le), count: value }))
    .sort((a, b) => a.upTo - b.upTo);
  const wanted = (buckets.at(-1)?.count ?? 0) * share;
  const index = buckets.findIndex(({ count }) => count >= wanted);
  const [below, bucket] = [buckets[index - 1] ?? { upTo: 0, count: 0 }, buckets[index]];
  if (!bucket || bucket.count === below.count) return bucket?.upTo ?? Number.NaN;
  return below.upTo + ((bucket.upTo - below.upTo) * (wanted - below.count)) / (bucket.count - below.count);
}
