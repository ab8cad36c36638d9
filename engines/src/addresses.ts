import type { AnyEngineName } from './engine.ts';
import { jaegerAddresses } from './jaeger-config.ts';

/** How clients reach what the services stand on. */
export interface EngineAddresses {
  /** `host:port` each. */
  readonly kafkaBrokers: string[];
  /** Of a superuser and a database that is there. */
  readonly postgresUrl: string;
  readonly mongoUrl: string;
  readonly redisUrl: string;
}

/** How clients reach what watches them. */
export interface ObserverAddresses {
  /** Of Jaeger's HTTP API: `/api/traces/ID`, `/api/services`, … below it. */
  readonly jaegerQueryUrl: string;
  /** Where Jaeger takes traces by OTLP over HTTP, with its path. */
  readonly otlpUrl: string;
  /** Where Jaeger takes `jaeger.thrift` over HTTP, with its path. */
  readonly jaegerThriftUrl: string;
  /** Of Prometheus's HTTP API: `/api/v1/query`, … below it. */
  readonly prometheusUrl: string;
  /** `/metrics` is below it. */
  readonly nodeExporterUrl: string;
  /** `/metrics` is below it. */
  readonly redisExporterUrl: string;
}

export interface AddressKeys {
  readonly kafka: 'kafkaBrokers';
  readonly postgres: 'postgresUrl';
  readonly mongo: 'mongoUrl';
  readonly redis: 'redisUrl';
  readonly jaeger: 'jaegerQueryUrl' | 'otlpUrl' | 'jaegerThriftUrl';
  readonly prometheus: 'prometheusUrl';
  readonly 'node-exporter': 'nodeExporterUrl';
  readonly 'redis-exporter': 'redisExporterUrl';
}

/** The addresses of some engines only. */
export type AddressesOf<N extends AnyEngineName> = Pick<EngineAddresses & ObserverAddresses, AddressKeys[N]>;

/** Names each engine's address as {@link EngineAddresses} and {@link ObserverAddresses} do; `text` is comma-separated for Kafka's brokers. */
export function addressesFrom<N extends AnyEngineName>(text: Readonly<Record<N, string>>): AddressesOf<N> {
  const given: Partial<Record<AnyEngineName, string>> = text;
  return {
    ...(given.kafka !== undefined && { kafkaBrokers: given.kafka.split(',') }),
    ...(given.postgres !== undefined && { postgresUrl: given.postgres }),
    ...(given.mongo !== undefined && { mongoUrl: given.mongo }),
    ...(given.redis !== undefined && { redisUrl: given.redis }),
    ...(given.jaeger !== undefined && jaegerAddresses(given.jaeger)),
    ...(given.prometheus !== undefined && { prometheusUrl: given.prometheus }),
    ...(given['node-exporter'] !== undefined && { nodeExporterUrl: given['node-exporter'] }),
    ...(given['redis-exporter'] !== undefined && { redisExporterUrl: given['redis-exporter'] }),
  } as AddressesOf<N>;
}
