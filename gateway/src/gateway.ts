import type { EventLog } from '@tributary/event-log';
import type { Logger, ReadinessCheck } from '@tributary/service';
import type { Registry } from 'prom-client';
import { createExecute, createGraphQLServer } from './apollo.ts';
import { createDocuments } from './documents.ts';
import { GRAPHQL_PATH } from './graphql-routes.ts';
import { createKnownOperations } from './known-operations.ts';
import { defaultLimits, type OperationLimits } from './limits/limits.ts';
import { createMetrics } from './metrics.ts';
import { subgraphCheck } from './readiness.ts';
import type { Part } from './routes.ts';
import { createServer, listen } from './server.ts';
import { type CursorKey, randomCursorKey } from './subscriptions/cursor.ts';
import { createEventsSubgraph, EVENTS_SUBGRAPH } from './subscriptions/events-subgraph.ts';
import { defaultSubscriptionLimits, type SubscriptionLimits } from './subscriptions/limits.ts';
import { createLive } from './subscriptions/live.ts';
import { createSubscriptionMetrics } from './subscriptions/metrics.ts';
import { createProductFields } from './subscriptions/product/fields.ts';
import { createOutcomes } from './subscriptions/product/outcomes.ts';
import { productTopic } from './subscriptions/product/topic.ts';
import { createEventStream } from './subscriptions/stream/event-stream.ts';
import { createConnections } from './subscriptions/transports/connections.ts';
import { createProtocol } from './subscriptions/transports/protocol.ts';
import { createStreams } from './subscriptions/transports/streams.ts';
import { createWebSockets } from './subscriptions/transports/websocket.ts';
import { anonymous, type Identify } from './subscriptions/viewer.ts';
import { openSupergraphFile } from './supergraph/file.ts';
import { createGraph } from './supergraph/graph.ts';
import { readEventsSchema, readSupergraph } from './supergraph/load.ts';
import { createSupergraphMetrics } from './supergraph/metrics.ts';
import { ownOperations } from './supergraph/own-operations.ts';
import { createSubgraphs } from './supergraph/subgraphs.ts';

export interface GatewayOptions {
  readonly log: EventLog;
  /** Where the replicas of the command subgraph answer GraphQL; without a path, at /graphql. */
  readonly commandsUrls: readonly string[];
  /** Where the replicas of the query subgraph answer GraphQL. */
  readonly queriesUrls: readonly string[];
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What the user chooses the port with, for the message when it cannot be had. Default PORT. */
  readonly portSetting?: string;
  /** Where this process serves /metrics and /readyz, for the links of the home page. */
  readonly adminPort?: number;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Gives up the start when aborted. */
  readonly signal: AbortSignal;
  /** What else runs beside the gateway, for the health on the home page. */
  readonly parts?: readonly Part[];
  /** Origins of pages that may ask by `fetch` and open WebSockets and streams, beside the gateway's own, such as `https://shop.example`. */
  readonly allowedOrigins?: readonly string[];
  /** Whether clients may ask for the schema. Default true. */
  readonly introspection?: boolean;
  readonly limits?: Partial<OperationLimits>;
  readonly subscriptions?: Partial<SubscriptionLimits>;
  /** Secrets that cursors of subscriptions are signed with, the first signs; all replicas have the same. Default: a random one, so that a cursor ends with the process. */
  readonly cursorKeys?: readonly CursorKey[];
  /** Tells who a subscriber is. Default: everybody is anonymous and sees everything. */
  readonly identify?: Identify;
  /** For one request to a subgraph, in milliseconds. Default 15000: more than a mutation or a read may wait by itself. */
  readonly subgraphDeadlineMs?: number;
  /** Connections to each replica of a subgraph that answers at once. Default 64. */
  readonly subgraphConnections?: number;
  /** Connections to each replica of products-command: a mutation holds one while it waits for its outcome. Default 256. */
  readonly commandsConnections?: number;
  /** A supergraph of more subgraphs than the project's own. */
  readonly supergraph?: {
    /** What to begin with. Default: what the file holds, or else the committed supergraph. */
    readonly sdl?: string;
    /** Loaded again whenever it is replaced. */
    readonly file?: string;
    /** Where further subgraphs answer, by name. One that is not named answers where the supergraph says. */
    readonly urls?: Readonly<Record<string, readonly string[]>>;
  };
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly checks: readonly ReadinessCheck[];
  /** Resolves with the reason when the gateway cannot go on. */
  readonly ended: Promise<Error>;
  /**
   * Loads a new supergraph; what is under way ends with the one that it began with.
   * @throws SupergraphError when it cannot be loaded; the one before serves on.
   */
  loadSupergraph(sdl: string): void;
  /** Loads what the supergraph's file holds now, if the gateway has a file; what comes of it is logged. */
  reloadSupergraph(): void;
  /** Ends subscriptions, answers what is under way, and lets go of the subgraphs and the log. */
  stop(): Promise<void>;
}

const SUBGRAPH_DEADLINE_MS = 15_000;
const SUBGRAPH_CONNECTIONS = 64;
const COMMANDS_CONNECTIONS = 256;

/**
 * An operation per subgraph that has no effect and needs what the subgraph needs. A further subgraph that is away leaves
 * its fields null, and is no reason to take the gateway out of service.
 */
const PROBES: Readonly<Record<string, string>> = {
  'products-command': '{ __typename }',
  'products-query': '{ product(id: "00000000-0000-7000-8000-000000000000") { id } }',
};

/** Starts the gateway: GraphQL over HTTP and WebSocket, REST and pages, over the subgraphs and the event log. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, registry, host } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const metrics = createMetrics(registry);

  const { subgraphConnections = SUBGRAPH_CONNECTIONS, commandsConnections = COMMANDS_CONNECTIONS } = options;
  const subgraphs = createSubgraphs({
    urls: {
      ...options.supergraph?.urls,
      'products-command': options.commandsUrls,
      'products-query': options.queriesUrls,
    },
    own: { [EVENTS_SUBGRAPH]: createEventsSubgraph() },
    connections: (name) => (name === 'products-command' ? commandsConnections : subgraphConnections),
    deadlineMs: options.subgraphDeadlineMs ?? SUBGRAPH_DEADLINE_MS,
    metrics,
    logger,
  });
  const introspection = options.introspection ?? true;
  const supergraphMetrics = createSupergraphMetrics(registry);
  const supergraphFile = options.supergraph?.file ? await openSupergraphFile(options.supergraph.file) : null;
  const graph = createGraph({
    sdl: options.supergraph?.sdl ?? supergraphFile?.sdl ?? readSupergraph(),
    subgraphs,
    documents: (schema) => createDocuments({ schema, limits, introspection }),
    needs: { operations: ownOperations, events: { name: EVENTS_SUBGRAPH, schema: readEventsSchema() } },
    metrics: supergraphMetrics,
    logger,
  });
  const apollo = await createGraphQLServer({ graph, limits, introspection, metrics, logger });
  const known = createKnownOperations({ graph, metrics, logger });
  const execute = createExecute(apollo, known);

  const outcomes = createOutcomes();
  const stream = createEventStream({
    log: options.log,
    topic: productTopic,
    onReading: outcomes.take,
    logger,
    signal: options.signal,
  });
  const subscriptionLimits = { ...defaultSubscriptionLimits, ...options.subscriptions };
  const subscriptionMetrics = createSubscriptionMetrics(registry);
  const live = createLive({
    graph,
    log: options.log,
    topic: productTopic,
    stream,
    fields: createProductFields({ outcomes, execute }),
    cursorKeys: options.cursorKeys ?? [randomCursorKey()],
    limits: subscriptionLimits,
    metrics: subscriptionMetrics,
    logger,
  });
  const transport = {
    graph,
    live,
    execute,
    identify: options.identify ?? (() => anonymous),
    connections: createConnections({ limits: subscriptionLimits, metrics: subscriptionMetrics }),
    limits: subscriptionLimits,
    metrics: subscriptionMetrics,
    logger,
  };
  const streams = createStreams(transport);
  const { allowedOrigins = [] } = options;
  const checks = [
    ...Object.entries(PROBES).map(([name, probe]) => ({
      name,
      check() {
        const replicas = subgraphs.replicas(name);
        return replicas ? subgraphCheck({ name, replicas, probe }).check() : null;
      },
    })),
    stream.check,
  ];
  const app = await createServer({
    graphql: {
      apollo,
      known,
      streams,
      allowedOrigins,
      metrics: subscriptionMetrics,
      documentCharacters: limits.documentCharacters,
      logger,
    },
    deps: {
      execute,
      logger,
      checks,
      parts: [{ name: 'gateway', checks }, ...(options.parts ?? [])],
      config: { adminPort: options.adminPort ?? null },
    },
    registry,
  });
  const webSockets = createWebSockets({
    ...transport,
    server: app.server,
    path: GRAPHQL_PATH,
    allowedOrigins,
    protocol: createProtocol({ ...transport, perSocket: subscriptionLimits.perSocket }),
  });

  const following = supergraphFile?.follow({
    load: graph.load,
    onUnreadable: () => supergraphMetrics.load('unreadable'),
    logger,
  });

  async function stop(): Promise<void> {
    await following?.stop();
    await Promise.all([webSockets.stop(), streams.stop()]);
    await app.close();
    await apollo.stop();
    await live.stop();
    await stream.stop();
    await subgraphs.close();
  }

  try {
    const port = await listen(app, host, options.port, options.portSetting ?? 'PORT');
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    logger.info({ url }, 'gateway listens');
    // Queries are answered meanwhile, also while the log is away.
    await stream.ready;
    return {
      url,
      port,
      checks,
      ended: stream.ended,
      loadSupergraph: graph.load,
      reloadSupergraph: () => following?.reload(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
