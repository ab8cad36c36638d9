import { join } from 'node:path';
import { catalogue } from './catalogue.ts';
import type { AnyEngineName, BrokerSettings, Engine, EnginePorts, Observed, Place, ServerName } from './engine.ts';
import { clusterIdFrom } from './kafka-storage.ts';

/** Where a set of engines lives. One process at a time starts or stops engines of one home. */
export interface Home extends Observed {
  /** State: a folder per engine, and the lock. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly ports: EnginePorts;
  /** Default 1. Three keep each record three times. */
  readonly kafkaBrokers?: 1 | 3;
  readonly broker?: BrokerSettings;
}

/** What is known of one engine of a home. */
export interface EngineStatus {
  readonly name: AnyEngineName;
  /**
   * `running`: it answers and is the one started from here. `unresponsive`: it was started from here, lives and does
   * not answer (yet). `foreign`: a program that was not started from here holds its port.
   */
  readonly state: 'running' | 'unresponsive' | 'stopped' | 'foreign';
  readonly runsAs: 'process' | 'container';
  readonly port: number;
  readonly address: string;
  readonly pid?: number;
  readonly logFile?: string;
  readonly dataFolder?: string;
  /** What else is to be known, for people. */
  readonly detail?: string;
}

/** One way to run engines: as processes or as containers. */
export interface Runner {
  /** Starts what does not run and resolves when all answer. */
  up(names: readonly ServerName[]): Promise<void>;
  /** Stops what runs, in parallel; the data stays. Answers the names that ran. */
  down<S extends ServerName>(names: readonly S[]): Promise<S[]>;
  status(name: AnyEngineName): Promise<EngineStatus>;
  /** Of the living process; undefined for a container. */
  pid(name: ServerName): Promise<number | undefined>;
  /** Undefined for a container. */
  logFile(name: ServerName): string | undefined;
  /** Sends a signal to all processes of the server. Resolves when it has ended or stands still, if that is what the signal does. */
  kill(name: ServerName, signal: NodeJS.Signals): Promise<void>;
  /** As `down`, and deletes the data. */
  destroy<S extends ServerName>(names: readonly S[]): Promise<S[]>;
}

/** The servers of an engine in a home. */
export function serversOf(home: Home, name: AnyEngineName): [ServerName, ...ServerName[]] {
  if (name !== 'kafka') return [name];
  return home.kafkaBrokers === 3 ? ['kafka', 'kafka-2', 'kafka-3'] : ['kafka'];
}

export function placeOf(home: Home, name: ServerName): Place {
  const { broker, prometheusConfigFile, exportedRedisUrl = catalogue.redis.address(home.ports.redis) } = home;
  const observed = { prometheusConfigFile, exportedRedisUrl };
  const place = { folder: join(home.folder, name), cacheFolder: home.cacheFolder, observed, ...(broker && { broker }) };
  const engine = engineOf(name);
  const first = home.ports[engine.name];
  const servers = serversOf(home, engine.name);
  if (servers.length === 1) return { ...place, port: first };
  const ports = servers.map((_, index) => first + index * engine.ports(first).length);
  const index = servers.indexOf(name);
  const cluster = { clusterId: clusterIdFrom(home.folder), nodeId: index + 1, ports };
  return { ...place, port: ports[index] as number, cluster };
}

export function engineOf(name: ServerName): Engine {
  return catalogue[name === 'kafka-2' || name === 'kafka-3' ? 'kafka' : name];
}

export function lockFileOf(home: Home): string {
  return join(home.folder, 'lock');
}
