import { setTimeout as delay } from 'node:timers/promises';
import { audienceOf, frozenAudience, mixedAudiences } from '../live/documents.ts';
import { allComplete, asFastAsTheyGo, meanwhile, oneByOne, type PublishOptions } from '../live/drive.ts';
import type { Audience, LoadReport } from '../live/load.ts';
import { nowUs } from '../live/mark.ts';
import { type LiveServer, openStage, type Stage, told } from '../live/stage.ts';
import type { Case, Measurement } from '../measurement.ts';
import { usedBy } from '../usage.ts';

const EVENTS_PER_SECOND = 20;
/** On their way at once when a server is to be kept busy: enough that it never waits for the log. */
const ON_THEIR_WAY = 32;
const AWAY_MS = 1_000;

export interface LiveOptions {
  readonly seconds: number;
  readonly quick: boolean;
}

/** Subscriptions, served by the gateway and by a server that executes for each subscriber. */
export async function startLive({ seconds, quick }: LiveOptions): Promise<{ cases: Case[]; stop(): Promise<void> }> {
  const stage = await openStage();
  const { gateway, naive } = stage;
  const events = seconds * EVENTS_PER_SECOND;
  const sizes = quick ? [1, 1_000] : [1, 100, 1_000, 5_000];
  const naiveSizes = quick ? [1_000] : [1, 100, 1_000];
  const idle = quick ? 1_000 : 5_000;

  const lag = (name: string, server: LiveServer, audiences: readonly Audience[], warmsUp = false): Case => ({
    name: `live ${name}`,
    warmsUp,
    run: () => lagOf(stage, server, audiences, events),
  });
  const busy = (name: string, server: LiveServer, isFederated: boolean): Case => ({
    name: `live ${name}`,
    warmsUp: !quick,
    run: () => deliveriesOf(stage, server, [audienceOf(0, 1_000, isFederated)], seconds),
  });
  return {
    cases: [
      ...sizes.map((count) => lag(`@${count}`, gateway, [audienceOf(0, count, false)], count === 1_000)),
      ...sizes.map((count) => lag(`federated @${count}`, gateway, [audienceOf(0, count, true)], count === 1_000)),
      ...naiveSizes.map((count) => lag(`naive @${count}`, naive, [audienceOf(0, count, false)], count === 1_000)),
      ...naiveSizes.map((count) =>
        lag(`naive federated @${count}`, naive, [audienceOf(0, count, true)], count === 1_000),
      ),
      lag('100 documents @5000', gateway, mixedAudiences(100, 50)),
      ...(quick ? [] : [lag('naive 100 documents @5000', naive, mixedAudiences(100, 50))]),
      busy('busy @1000', gateway, false),
      busy('busy federated @1000', gateway, true),
      busy('naive busy @1000', naive, false),
      busy('naive busy federated @1000', naive, true),
      { name: 'live one of them stuck @1000', run: () => lagBesideStuck(stage, events) },
      { name: 'live all come back @1000', run: () => comeBack(stage, 1_000) },
      { name: `live idle @${idle}`, run: () => memoryOf(stage, gateway, idle) },
      { name: `live naive idle @${idle}`, run: () => memoryOf(stage, naive, idle) },
    ],
    stop: stage.stop,
  };
}

/** One event at a time: how long until it has come to each. */
async function lagOf(
  stage: Stage,
  server: LiveServer,
  audiences: readonly Audience[],
  events: number,
): Promise<Measurement> {
  return withAudiences(stage, server, audiences, () => measureLag(stage, server, events));
}

async function measureLag(stage: Stage, server: LiveServer, events: number, options: PublishOptions = {}) {
  const before = await stage.subgraphRequests(server);
  const { usage, report } = await usedBy(stage.processes(server), async () => {
    await oneByOne(stage, { events, perSecond: EVENTS_PER_SECOND, ...options });
    const report = await stage.load.report();
    return { operations: report.deliveries, report };
  });
  const requests = (await stage.subgraphRequests(server)) - before;
  return { ...measured(report), usage, figures: { 'subgraph requests per event': requests / events } };
}

/** How many deliveries a server makes when there is always another event. */
async function deliveriesOf(
  stage: Stage,
  server: LiveServer,
  audiences: readonly Audience[],
  seconds: number,
): Promise<Measurement> {
  return withAudiences(stage, server, audiences, async () => {
    const before = await stage.subgraphRequests(server);
    const { usage, report, driven } = await usedBy(stage.processes(server), async () => {
      const driven = await asFastAsTheyGo(stage, { seconds, onTheirWay: ON_THEIR_WAY });
      const report = await stage.load.report();
      return { operations: report.deliveries, report, driven };
    });
    const requests = (await stage.subgraphRequests(server)) - before;
    const cpuUs = usage[server.process.name]?.cpuUs ?? Number.NaN;
    return {
      ...measured(report),
      perSecond: report.deliveries / driven.seconds,
      usage,
      figures: {
        'deliveries per CPU second': 1_000_000 / cpuUs,
        'subgraph requests per event': requests / driven.events,
      },
    };
  });
}

/** The lag of those who read, beside one who has asked for much and reads nothing. */
async function lagBesideStuck(stage: Stage, events: number): Promise<Measurement> {
  const audiences = [audienceOf(0, 999, false), frozenAudience()];
  return withAudiences(stage, stage.gateway, audiences, async () => {
    const measurement = await measureLag(stage, stage.gateway, events, { descriptionLength: 2_000 });
    const givenUp = await stage.load.thaw();
    return { ...measurement, figures: { ...measurement.figures, 'subscriptions of the stuck one given up': givenUp } };
  });
}

/** Subscribers lose their connections one after the other, and come back all at once: how long until they have all events. */
async function comeBack(stage: Stage, subscribers: number): Promise<Measurement> {
  const { gateway, load, publisher } = stage;
  const audiences = mixedAudiences(2, subscribers / 2);
  return withAudiences(
    stage,
    gateway,
    audiences,
    async (first) => {
      const pace = { perSecond: EVENTS_PER_SECOND };
      await meanwhile(stage, pace, load.leave({ withinMs: AWAY_MS }));
      await meanwhile(stage, pace, delay(AWAY_MS));
      const { deliveries } = await load.report();
      const before = await stage.subgraphRequests(gateway);
      const { usage, tookMs } = await usedBy(stage.processes(gateway), async () => {
        const startedUs = nowUs();
        await load.comeBack();
        const doneUs = await allComplete(stage, first);
        return { operations: subscribers, tookMs: (doneUs - startedUs) / 1_000 };
      });
      const requests = (await stage.subgraphRequests(gateway)) - before;
      const report = await load.report();
      return {
        failures: failuresOf(report),
        usage,
        figures: {
          'ms until all have caught up': tookMs,
          'missed events per subscriber': (report.deliveries - deliveries) / subscribers,
          events: publisher.next() - first,
          'subgraph requests': requests,
        },
      };
    },
    true,
  );
}

/** What a subscriber costs who has got an event and waits for the next. */
async function memoryOf(stage: Stage, server: LiveServer, subscribers: number): Promise<Measurement> {
  const { load, untilFollowed } = stage;
  const audiences = [audienceOf(0, subscribers, false)];
  // What the first subscriber of a document costs, all share.
  await withAudiences(stage, server, [audienceOf(0, 1, false)], async () => ({}));
  const before = await server.heapBytes();
  await load.connect({ port: server.port, audiences });
  try {
    const connected = await server.heapBytes();
    await load.subscribe();
    await untilFollowed();
    const subscribed = await server.heapBytes();
    const kib = (bytes: number) => bytes / subscribers / 1_024;
    return {
      failures: (await load.report()).problems,
      figures: {
        'KiB of heap per socket': kib(connected - before),
        'KiB of heap per idle subscriber, beyond the socket': kib(subscribed - connected),
      },
    };
  } finally {
    await load.disconnect();
  }
}

/** Measures while subscribers follow, from an event on. */
async function withAudiences<T>(
  stage: Stage,
  server: LiveServer,
  audiences: readonly Audience[],
  measure: (firstSequence: number) => Promise<T>,
  keepsCursors = false,
): Promise<T> {
  const { load, publisher, untilFollowed, untilQuiet } = stage;
  await untilQuiet();
  await load.connect({ port: server.port, audiences, keepsCursors });
  try {
    await load.subscribe();
    await untilFollowed();
    const first = publisher.next();
    await load.begin(first);
    return await measure(first);
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${told(await load.report())}`);
  } finally {
    await load.disconnect();
  }
}

function measured(report: LoadReport): Measurement {
  return { p50Ms: report.p50Ms, p99Ms: report.p99Ms, failures: failuresOf(report) };
}

function failuresOf({ repeats, missing, problems }: LoadReport): number {
  return repeats + missing + problems;
}
