import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyEngineName, allNames, type EnginePorts, type Observed } from './engine.ts';
import { EngineError } from './errors.ts';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
export const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** Below 32768: above, the kernel may have lent the port to an outgoing connection. */
export const defaultPorts: EnginePorts = {
  kafka: 19_092,
  postgres: 15_432,
  mongo: 17_017,
  redis: 16_379,
  jaeger: 16_686,
  prometheus: 19_090,
  'node-exporter': 19_100,
  'redis-exporter': 19_121,
};

/** `compose.yml` reads those of its engines too. */
export const portVariables: Readonly<Record<AnyEngineName, string>> = {
  kafka: 'ENGINES_KAFKA_PORT',
  postgres: 'ENGINES_POSTGRES_PORT',
  mongo: 'ENGINES_MONGO_PORT',
  redis: 'ENGINES_REDIS_PORT',
  jaeger: 'ENGINES_JAEGER_PORT',
  prometheus: 'ENGINES_PROMETHEUS_PORT',
  'node-exporter': 'ENGINES_NODE_EXPORTER_PORT',
  'redis-exporter': 'ENGINES_REDIS_EXPORTER_PORT',
};

export type DockerChoice = 'auto' | 'never' | 'always';

export interface EnginesConfig extends Observed {
  /** Data, logs and process records of the engines that `up` starts. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly ports: EnginePorts;
  readonly docker: DockerChoice;
  /** The name of the Compose project, where Docker is used. */
  readonly composeProject: string;
}

/** Reads `ENGINES_*`; throws {@link EngineError} `BAD_CONFIGURATION`. */
export function readEnginesConfig(env: NodeJS.ProcessEnv): EnginesConfig {
  const ports = Object.fromEntries(
    allNames.map((name) => [name, readPort(env[portVariables[name]], portVariables[name]) ?? defaultPorts[name]]),
  );
  return {
    folder: resolve(projectRoot, env.ENGINES_DIR || join('.data', 'engines')),
    cacheFolder: join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tributary'),
    ports: ports as unknown as EnginePorts,
    docker: readDockerChoice(env.ENGINES_DOCKER),
    composeProject: env.ENGINES_DIR ? composeProjectOf(env.ENGINES_DIR) : 'tributary',
    ...(env.ENGINES_PROMETHEUS_CONFIG && {
      prometheusConfigFile: resolve(projectRoot, env.ENGINES_PROMETHEUS_CONFIG),
    }),
    ...(env.ENGINES_EXPORTED_REDIS_URL && { exportedRedisUrl: env.ENGINES_EXPORTED_REDIS_URL }),
  };
}

/** A Compose project of its own for engines in another folder than the default one. */
export function composeProjectOf(folder: string): string {
  return `tributary-${createHash('sha256').update(resolve(projectRoot, folder)).digest('hex').slice(0, 8)}`;
}

/** A port from text, undefined from nothing; `source` names it in the error. */
export function readPort(text: string | undefined, source: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_534) return port;
  throw new EngineError('BAD_CONFIGURATION', `${source} is "${text}": give a port from 1 to 65534`);
}

function readDockerChoice(text: string | undefined): DockerChoice {
  if (text === undefined || text === '') return 'auto';
  if (text === 'auto' || text === 'never' || text === 'always') return text;
  throw new EngineError('BAD_CONFIGURATION', `ENGINES_DOCKER is "${text}": give auto, never or always`);
}
