import { silentLogger } from '@tributary/service';
import { createMemoryCacheServer, type MemoryCache, type MemoryCacheOptions } from './ports/cache.ts';
import type { LogCalls, LogConnection, MemoryEventLog } from './ports/event-log/event-log.ts';
import { createMemoryEventLog } from './ports/event-log/event-log.ts';
import { createMemoryReadModel, type MemoryReadModel, type MemoryReadModelOptions } from './ports/read-model.ts';
import {
  createMemoryWriteStore,
  type MemoryWriteStore,
  type WriteConnection,
  type WriteStoreFaults,
} from './ports/write-store/write-store.ts';
import type { Mischief } from './world/mischief.ts';
import type { Process, World } from './world/world.ts';

export const COMMANDS = 'commands';
export const EVENTS = 'events';
export const DEAD_LETTERS = 'dead letters';

/** Where a port may be broken on purpose, to see that a simulation notices. */
export interface Sabotage {
  readModel?: Partial<MemoryReadModelOptions>;
  cache?: Partial<MemoryCacheOptions>;
  writeStore?: WriteStoreFaults;
  log?: { loses(): boolean };
}

/** The servers that the processes share: they lose nothing that they have acknowledged. */
export interface Servers {
  writeStore: MemoryWriteStore;
  log: MemoryEventLog;
  readModel: MemoryReadModel;
  cache: MemoryCache;
}

/** A process and its ways to the servers. */
export interface Connected {
  process: Process;
  calls: LogCalls;
  database: WriteConnection;
  log: LogConnection;
}

const PARTITIONS = [1, 2, 3] as const;
/** Longer than a schedule takes, or so short that entries, and what the cache has missed, come to their end within it. */
const TTLS_MS = [600_000, 600_000, 1_000] as const;
const LEASE_MS = 2_000;

export const logger = silentLogger();

export function createServers(world: World, { readModel, cache, writeStore, log }: Sabotage): Servers {
  const { random, nowMs } = world;
  const partitions = { [COMMANDS]: random.pick(PARTITIONS), [EVENTS]: random.pick(PARTITIONS), [DEAD_LETTERS]: 1 };
  return {
    writeStore: createMemoryWriteStore(writeStore),
    log: createMemoryEventLog({ partitions, random, nowMs, ...log }),
    readModel: createMemoryReadModel(readModel),
    cache: createMemoryCacheServer({ ttlMs: random.pick(TTLS_MS), leaseMs: LEASE_MS, nowMs, ...cache }),
  };
}

export function connect(process: Process, servers: Servers, world: World, mischief: Mischief): Connected {
  const calls: LogCalls = {
    turn: process.turn,
    mishap: (what) => mischief.mishap(process.name, what),
    publishFate: mischief.publishFate,
    later: world.later,
  };
  return { process, calls, database: servers.writeStore.connect(calls), log: servers.log.connect(calls) };
}
