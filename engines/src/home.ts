import { join } from 'node:path';
import { catalogue } from './catalogue.ts';
import type { Engine, EngineName, EnginePorts, Place } from './engine.ts';

/** Where a set of engines lives. One process at a time starts or stops engines of one home. */
export interface Home {
  /** State: a folder per engine, and the lock. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly ports: EnginePorts;
}

/** What is known of one engine of a home. */
export interface EngineStatus {
  readonly name: EngineName;
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
  up(names: readonly EngineName[]): Promise<void>;
  /** Stops what runs, in parallel; the data stays. Answers the names that ran. */
  down(names: readonly EngineName[]): Promise<EngineName[]>;
  status(name: EngineName): Promise<EngineStatus>;
  /** Of the living process; undefined for a container. */
  pid(name: EngineName): Promise<number | undefined>;
  /** Undefined for a container. */
  logFile(name: EngineName): string | undefined;
  /** Sends a signal to all processes of the engine. Resolves when it has ended, if the signal ends it. */
  kill(name: EngineName, signal: NodeJS.Signals): Promise<void>;
  /** As `down`, and deletes the data. */
  destroy(names: readonly EngineName[]): Promise<EngineName[]>;
}

export function placeOf(home: Home, name: EngineName): Place {
  return { folder: join(home.folder, name), port: home.ports[name], cacheFolder: home.cacheFolder };
}

export function engineOf(name: EngineName): Engine {
  return catalogue[name];
}

export function lockFileOf(home: Home): string {
  return join(home.folder, 'lock');
}
