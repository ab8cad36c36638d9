import type { GraphQLDataSource } from '@apollo/gateway';
import type { Logger } from '@tributary/service';
import type { GatewayMetrics } from '../metrics.ts';
import { createSubgraph } from './data-source.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { SupergraphError } from './supergraph-error.ts';

export interface SubgraphsOptions {
  /** Where the replicas of a subgraph answer, by its name; of one that is not named, the supergraph says it. */
  readonly urls: Readonly<Record<string, readonly string[]>>;
  /** Subgraphs that this process answers for itself, by name. */
  readonly own: Readonly<Record<string, GraphQLDataSource>>;
  /** Connections to each replica of a subgraph. */
  connections(name: string): number;
  /** For one request to a subgraph, in milliseconds. */
  readonly deadlineMs: number;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/** The subgraphs of a supergraph that is about to be loaded. */
export interface StagedSubgraphs {
  readonly dataSources: Readonly<Record<string, GraphQLDataSource>>;
  /** Makes them those that are asked from now on. The others are let go of when nothing asks them any more. */
  adopt(): void;
}

/** The data sources of the subgraphs. One that stays where it is keeps its data source, and so its connections. */
export interface Subgraphs {
  /** @throws SupergraphError SUBGRAPH_URL_UNKNOWN */
  stage(subgraphs: readonly { readonly name: string; readonly url: string }[]): StagedSubgraphs;
  /** The replicas of a subgraph of the supergraph that was adopted last. */
  replicas(name: string): Replicas | undefined;
  close(): Promise<void>;
}

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

interface Remote {
  readonly name: string;
  readonly urls: readonly string[];
  readonly replicas: Replicas;
  readonly source: GraphQLDataSource;
}

export function createSubgraphs(options: SubgraphsOptions): Subgraphs {
  const { urls: configured, own, connections, deadlineMs, metrics, logger } = options;
  let asked: ReadonlyMap<string, Remote> = new Map();

  function remoteOf(name: string, urls: readonly string[]): Remote {
    const known = asked.get(name);
    if (known && known.urls.join() === urls.join()) return known;
    const replicas = createReplicas({
      urls,
      connections: connections(name),
      deadlineMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
    return { name, urls, replicas, source: createSubgraph({ name, replicas, metrics, logger }) };
  }

  return {
    stage(subgraphs) {
      const remotes = subgraphs
        .filter(({ name }) => !own[name])
        .map(({ name, url }) => remoteOf(name, urlsOf(name, configured[name] ?? [url])));
      return {
        dataSources: { ...Object.fromEntries(remotes.map(({ name, source }) => [name, source])), ...own },
        adopt() {
          const before = asked;
          asked = new Map(remotes.map((remote) => [remote.name, remote]));
          for (const [name, remote] of before) if (asked.get(name) !== remote) remote.replicas.retire();
        },
      };
    },
    replicas: (name) => asked.get(name)?.replicas,
    async close() {
      await Promise.all([...asked.values()].map(({ replicas }) => replicas.close()));
    },
  };
}

function urlsOf(name: string, urls: readonly string[]): readonly string[] {
  if (!urls.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new SupergraphError(
      'SUBGRAPH_URL_UNKNOWN',
      `where the subgraph ${name} answers is not known: neither the configuration nor the supergraph names an HTTP URL`,
    );
  return urls.map(graphqlUrl);
}

function graphqlUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === '/') parsed.pathname = '/graphql';
  return parsed.href;
}
