import type { Report } from './report.ts';

/** What the services stand on: started unless others are named. */
export const engineNames = ['kafka', 'postgres', 'mongo', 'redis'] as const;
export type EngineName = (typeof engineNames)[number];

/** What watches them: started only by name. */
export const observerNames = ['jaeger', 'prometheus', 'node-exporter', 'redis-exporter'] as const;
export type ObserverName = (typeof observerNames)[number];

export const allNames = [...engineNames, ...observerNames] as const;
export type AnyEngineName = EngineName | ObserverName;

/** A server of an engine: its only one has the engine's name, and Kafka may have two brokers more. */
export type ServerName = AnyEngineName | 'kafka-2' | 'kafka-3';

/**
 * The port of each engine. Kafka's controller takes the one after Kafka's; three brokers take six in a row, and Jaeger
 * takes seven.
 */
export type EnginePorts = Readonly<Record<AnyEngineName, number>>;

/** What is watched, where that is not what a set of engines would watch by itself. */
export interface Observed {
  /** Of Prometheus, which reads rule files from where this file says. Default: one that scrapes Prometheus alone. */
  readonly prometheusConfigFile?: string;
  /** What the Redis exporter asks. Default: the Redis of the same set, whether it runs or not. */
  readonly exportedRedisUrl?: string;
}

/** What Kafka has beside what every broker here has. */
export interface BrokerSettings {
  /** Further properties, or others in place of the usual ones. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Passwords of the users that SCRAM knows, by name. */
  readonly users?: Readonly<Record<string, string>>;
}

/** Where one engine lives when it runs as a plain process. */
export interface Place {
  /** Its own folder: data, log and process record. */
  readonly folder: string;
  readonly port: number;
  /** Downloads and built jars, shared by all instances of a user. */
  readonly cacheFolder: string;
  /** Of a broker that is one of several. */
  readonly cluster?: ClusterMember;
  /** Of a broker. */
  readonly broker?: BrokerSettings;
  readonly observed: Required<Pick<Observed, 'exportedRedisUrl'>> & Observed;
}

/** What a broker must know to join the others of its cluster. */
export interface ClusterMember {
  readonly clusterId: string;
  /** Of this broker: 1 for the first port. */
  readonly nodeId: number;
  /** Of all brokers. Each controller has the port after its broker's. */
  readonly ports: readonly number[];
}

/** A command that starts a server in the foreground. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The system user to run as, where that is not the present one. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What the server will answer to {@link Engine.whoAnswers}. Default: its process id. */
  readonly identity?: string;
}

/** How one kind of server is installed, started, recognised and stopped as a plain process. */
export interface Engine {
  readonly name: AnyEngineName;
  /** With its version, for people. */
  readonly title: string;
  /** All ports it listens on. */
  ports(port: number): readonly number[];
  address(port: number): string;
  /** Where it keeps its data: in its folder, unless the user it runs as cannot get there. */
  dataFolder(place: Place): Promise<string>;
  /** Installs what is missing, prepares the data folder (existing data stays) and returns the command. */
  prepare(place: Place, report: Report): Promise<Launch>;
  /** Asks the server on the port who it is. Rejects while it does not answer. */
  whoAnswers(port: number): Promise<string>;
  /** Done after each start, before the engine counts as up; repeatable. */
  provision?(port: number): Promise<void>;
  /** The signal for an orderly stop that does not wait for clients. */
  readonly stopSignal: NodeJS.Signals;
}
