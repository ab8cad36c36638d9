import { setTimeout as delay } from 'node:timers/promises';
import { type BenchProcess, usageOf } from '../usage.ts';
import { type Child, startChild } from './child.ts';
import { type Load, type LoadReport, startLoad } from './load.ts';
import { openPublisher, type Publisher } from './publisher.ts';

/** What serves subscriptions, in a process of its own. */
export interface LiveServer {
  readonly process: Child;
  readonly port: number;
  heapBytes(): Promise<number>;
}

/** All that live cases need: who is measured, who listens, who publishes, and the subgraph that is asked for stock. */
export interface Stage {
  readonly gateway: LiveServer;
  readonly naive: LiveServer;
  readonly load: Load;
  readonly publisher: Publisher;
  /** The processes that a case of one of the servers uses. */
  processes(server: LiveServer): readonly BenchProcess[];
  /** Requests for entities that the subgraph has got from a server so far. */
  subgraphRequests(server: LiveServer): Promise<number>;
  /** Resolves when no server works off what was before any more. */
  untilQuiet(): Promise<void>;
  /** Publishes until an event has come to all subscribers: from then on each gets everything. */
  untilFollowed(): Promise<void>;
  stop(): Promise<void>;
}

const FOLLOWED_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 1_000;
const QUIET_MS = 250;
/** What a server that has nothing to do uses of a processor, at most. */
const IDLE_SHARE = 0.1;

export async function openStage(): Promise<Stage> {
  const subgraph = await startChild({ name: 'subgraph', file: 'inventory-process.ts' });
  const url = await subgraph.ask<string>('url');
  const gateway = await startServer('gateway', 'gateway-process.ts', url);
  const naive = await startServer('naive server', '../baselines/subscriptions.ts', url);
  const load = await startLoad();
  const publisher = await openPublisher();

  return {
    gateway,
    naive,
    load,
    publisher,
    processes: ({ process }) => [process, subgraph, load],
    subgraphRequests: ({ process }) => subgraph.ask('requests', pathOf(process.name)),
    async untilQuiet() {
      const servers = [gateway.process, naive.process, subgraph];
      const used = () => servers.reduce((sum, { pid }) => sum + usageOf(pid).cpuMs, 0);
      for (let before = Number.NEGATIVE_INFINITY, now = used(); now - before > QUIET_MS * IDLE_SHARE; ) {
        await delay(QUIET_MS);
        [before, now] = [now, used()];
      }
    },
    async untilFollowed() {
      for (const deadline = Date.now() + FOLLOWED_WITHIN_MS; Date.now() < deadline; ) {
        const sequence = await publisher.publish();
        const isComplete = await load.complete(sequence, PROBE_EVERY_MS).catch(() => null);
        // What is on its way still is no part of what is measured next.
        if (isComplete !== null) return delay(200);
      }
      throw new Error(`not all subscribers are served: ${told(await load.report())}`);
    },
    async stop() {
      await publisher.close();
      for (const { stop } of [load, naive.process, gateway.process, subgraph]) await stop();
    },
  };
}

async function startServer(name: string, file: string, subgraphUrl: string): Promise<LiveServer> {
  const profiles = process.env.LIVE_PROFILES;
  const process_ = await startChild({
    name,
    file,
    args: [`${subgraphUrl}${pathOf(name)}`],
    flags: ['--expose-gc', ...(profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [])],
  });
  return { process: process_, port: await process_.ask('port'), heapBytes: () => process_.ask('heapBytes') };
}

/** Where a server asks the subgraph, so that it is known who asks. */
function pathOf(name: string): string {
  return `/${name.replaceAll(' ', '-')}`;
}

export function told({ deliveries, missing, repeats, problems, firstProblem }: LoadReport): string {
  return `${deliveries} deliveries, ${missing} missing, ${repeats} repeats, ${problems} problems, such as: ${firstProblem}`;
}
