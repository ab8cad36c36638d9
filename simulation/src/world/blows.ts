import type { Connected, Servers } from '../system.ts';
import type { Mischief } from './mischief.ts';
import type { World } from './world.ts';

/** A process that is started again when it dies. */
export interface Worker {
  readonly name: string;
  connected: Connected;
  start(connected: Connected): Promise<void>;
}

export interface BlowsOptions {
  world: World;
  mischief: Mischief;
  servers: Servers;
  workers: readonly Worker[];
  /** Makes a new process of that name. */
  reconnect(name: string): Connected;
}

/** What befalls processes and servers from outside, between any two steps. */
export interface Blows {
  /** Deals one, if the weather is so. Called before each step. */
  maybe(): void;
}

/** From hardly noticed to long past every lease, session and time-out. */
const FREEZES_MS = [20, 300, 3_000, 15_000] as const;
const MAX_LOST_PUBLISHES = 6;
const CUT_OFFS_MS = [1_000, 20_000] as const;
/** The brokers give a silent member up after this time. */
const SESSION_TIMEOUT_MS = 6_000;

export function createBlows({ world, mischief, servers, workers, reconnect }: BlowsOptions): Blows {
  const { random } = world;
  /** Given up by the brokers while they were frozen. */
  const expired = new Set<Connected>();

  function kill(worker: Worker): void {
    const { connected, name } = worker;
    world.note(`kill ${name}`);
    world.kill(connected.process);
    world.later(`the sessions of the dead ${name} end`, connected.database.abort);
    world.later(`the dead ${name} is given up`, connected.log.expire);
    world.later(`${name} is started again`, () => {
      worker.connected = reconnect(name);
      const next = worker.connected;
      void next.process.turn('start').then(() => worker.start(next));
    });
  }

  function freeze({ connected, name }: Worker): void {
    const forMs = random.pick(FREEZES_MS);
    world.note(`freeze ${name} for ${forMs} ms`);
    world.freeze(connected.process, forMs);
    if (forMs < SESSION_TIMEOUT_MS) return;
    world.later(`the frozen ${name} is given up`, () => {
      if (!connected.process.isAlive() || !connected.process.isFrozen()) return;
      connected.log.expire();
      expired.add(connected);
    });
    world.later(`the sessions of the frozen ${name} end`, () => {
      if (connected.process.isFrozen()) connected.database.abort();
    });
  }

  function forget(): void {
    const ids = [...servers.cache.entries().keys()];
    if (ids.length === 0 || random.chance(0.2)) {
      world.note('flush the cache');
      servers.cache.flush();
      return;
    }
    const id = random.pick(ids);
    world.note(`evict ${id.slice(-4)}`);
    servers.cache.evict(id);
  }

  /** Entries may come to their end meanwhile, and what the projector remembers of them. */
  function cutOffCache(): void {
    const { name } = random.pick(workers.filter((worker) => worker.name.startsWith('projector')));
    const forMs = random.pick(CUT_OFFS_MS);
    world.note(`${name} does not reach the cache for ${forMs} ms`);
    mischief.cutOffCache(name, world.nowMs() + forMs);
  }

  function rebalance(): void {
    world.note('share the partitions anew');
    servers.log.rebalance();
  }

  function takeBrokersAway(): void {
    const publishes = 1 + random.below(MAX_LOST_PUBLISHES);
    world.note(`the brokers are away for ${publishes} publishes`);
    mischief.losePublishes(publishes);
  }

  return {
    maybe() {
      for (const connected of expired) {
        if (connected.process.isFrozen()) continue;
        expired.delete(connected);
        if (connected.process.isAlive()) connected.log.rejoin();
      }
      if (random.chance(mischief.forgetting)) forget();
      if (!random.chance(mischief.blow)) return;
      const worker = random.pick(workers);
      const isUp = worker.connected.process.isAlive();
      const draw = random.next();
      if (draw < 0.2) {
        if (isUp) kill(worker);
      } else if (draw < 0.4) {
        if (isUp) freeze(worker);
      } else if (draw < 0.7) rebalance();
      else if (draw < 0.85) takeBrokersAway();
      else cutOffCache();
    },
  };
}
