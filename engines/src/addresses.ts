import type { EngineName } from './engine.ts';

/** How clients reach the engines. */
export interface EngineAddresses {
  /** `host:port` each. */
  readonly kafkaBrokers: string[];
  /** Of a superuser and a database that is there. */
  readonly postgresUrl: string;
  readonly mongoUrl: string;
  readonly redisUrl: string;
}

export interface AddressKeys {
  readonly kafka: 'kafkaBrokers';
  readonly postgres: 'postgresUrl';
  readonly mongo: 'mongoUrl';
  readonly redis: 'redisUrl';
}

/** The addresses of some engines only. */
export type AddressesOf<N extends EngineName> = Pick<EngineAddresses, AddressKeys[N]>;

/** Names each engine's address as {@link EngineAddresses} does; `text` is comma-separated for Kafka's brokers. */
export function addressesFrom<N extends EngineName>(text: Readonly<Record<N, string>>): AddressesOf<N> {
  const given: Partial<Record<EngineName, string>> = text;
  return {
    ...(given.kafka !== undefined && { kafkaBrokers: given.kafka.split(',') }),
    ...(given.postgres !== undefined && { postgresUrl: given.postgres }),
    ...(given.mongo !== undefined && { mongoUrl: given.mongo }),
    ...(given.redis !== undefined && { redisUrl: given.redis }),
  } as AddressesOf<N>;
}
