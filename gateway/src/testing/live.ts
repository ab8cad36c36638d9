import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { GraphQLDataSource } from '@apollo/gateway';
import type { EventLog } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { productEvents } from '@tributary/proto/topics.ts';
import { createVersionFloor, newTraceContext, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Registry } from 'prom-client';
import { createDocuments } from '../documents.ts';
import { defaultLimits } from '../limits/limits.ts';
import { type CursorKey, randomCursorKey } from '../subscriptions/cursor.ts';
import { createEventsSubgraph } from '../subscriptions/events-subgraph.ts';
import type { SubscriptionField } from '../subscriptions/fields.ts';
import { defaultSubscriptionLimits, type SubscriptionLimits } from '../subscriptions/limits.ts';
import { createLive, type Live } from '../subscriptions/live.ts';
import { createSubscriptionMetrics } from '../subscriptions/metrics.ts';
import type { OpenSubscription, Outlet } from '../subscriptions/outlet.ts';
import { createProductFields } from '../subscriptions/product/fields.ts';
import { createOutcomes } from '../subscriptions/product/outcomes.ts';
import { productTopic } from '../subscriptions/product/topic.ts';
import { createEventStream, type EventStream } from '../subscriptions/stream/event-stream.ts';
import { anonymous, type Viewer } from '../subscriptions/viewer.ts';
import { createGraph, type Graph } from '../supergraph/graph.ts';
import { readEventsSchema } from '../supergraph/load.ts';
import { createSupergraphMetrics } from '../supergraph/metrics.ts';
import { ownOperations } from '../supergraph/own-operations.ts';
import type { RequestContext } from '../supergraph/request-context.ts';
import { supergraphWithInventory } from './inventory.ts';

/** What the inventory is asked: one product's stock, for a viewer. */
export interface StockRequest {
  readonly productId: string;
  readonly viewerHeaders: Readonly<Record<string, string>>;
}

export interface TestLiveOptions {
  readonly log?: EventLog;
  readonly sdl?: string;
  readonly limits?: Partial<SubscriptionLimits>;
  readonly ringEvents?: number;
  readonly ringBytes?: number;
  readonly keys?: readonly CursorKey[];
  stock?(request: StockRequest): number | Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, for assertions.
export type TestResult = { readonly data: any; readonly errors?: any; readonly extensions?: any };

/** Where the results of a subscription go in a test: all of them are kept, and it takes more or does not. */
export interface TestOutlet {
  /** Whether it takes more; unblocked, it says so to the subscription. */
  block(): void;
  unblock(): void;
  readonly results: readonly TestResult[];
  /** The cursor of the last result. */
  cursor(): string | undefined;
  /** The errors it ended with; `complete` when there were none. */
  readonly ended: readonly GraphQLFormattedError[] | 'complete' | null;
  stop(): void;
}

export interface SubscribeOptions {
  readonly variables?: Record<string, unknown>;
  readonly after?: string | undefined;
  readonly viewer?: Viewer;
  readonly operationName?: string;
  readonly isBlocked?: boolean;
  /** Told of every result as it comes. */
  onResult?(result: TestResult): void;
}

/** Live subscriptions without a transport, over a log and a graph of this process. */
export interface TestLive {
  readonly log: EventLog;
  readonly live: Live;
  readonly stream: EventStream;
  readonly graph: Graph;
  readonly registry: Registry;
  /** What the inventory was asked. */
  readonly asked: readonly StockRequest[];
  /** What was logged as an error, and what was written or told after an end. */
  readonly faults: readonly unknown[];
  /** How often it was asked whether somebody wants an event. */
  filtered(): number;
  subscribe(query: string, options?: SubscribeOptions): TestOutlet;
  /** The value of a metric, all labels summed up. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** An event log of its own for a test. */
export async function testLog(
  test: Pick<TestContext, 'after'>,
  options: { nowMs?: () => number; retentionCheckMs?: number } = {},
): Promise<EventLog> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-live-'));
  const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger(), ...options });
  await log.ensureTopics([productEvents]);
  test.after(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });
  return log;
}

export async function testLive(test: Pick<TestContext, 'after'>, options: TestLiveOptions = {}): Promise<TestLive> {
  const faults: unknown[] = [];
  const logger = Object.assign(silentLogger(), { error: (...fault: unknown[]) => void faults.push(fault) });
  const log = options.log ?? (await testLog(test));
  const registry = new Registry();
  const asked: StockRequest[] = [];
  const stock = options.stock ?? (() => 7);
  const sources: Readonly<Record<string, GraphQLDataSource>> = {
    events: createEventsSubgraph(),
    inventory: inventory(stock, asked),
    'products-query': absent,
    'products-command': absent,
  };
  const graph = createGraph({
    sdl: options.sdl ?? supergraphWithInventory(),
    subgraphs: {
      stage: () => ({ dataSources: sources, adopt() {} }),
      replicas: () => undefined,
      async close() {},
    },
    documents: (schema) => createDocuments({ schema, limits: defaultLimits, introspection: true }),
    needs: { operations: ownOperations, events: { name: 'events', schema: readEventsSchema() } },
    metrics: createSupergraphMetrics(registry),
    logger,
  });
  let filtered = 0;
  function counted(fields: Readonly<Record<string, SubscriptionField>>): Readonly<Record<string, SubscriptionField>> {
    const entries = Object.entries(fields).map(([name, field]) => {
      if (field.kind === 'own') return [name, field];
      const filter: typeof field.filter = (args, viewer) => {
        const wants = field.filter(args, viewer);
        if (wants instanceof GraphQLError) return wants;
        return (event) => {
          filtered += 1;
          return wants(event);
        };
      };
      return [name, { ...field, filter }];
    });
    return Object.fromEntries(entries);
  }

  const outcomes = createOutcomes();
  const { ringEvents, ringBytes } = options;
  const stream = createEventStream({
    ...{ log, topic: productTopic, onReading: outcomes.take, logger, signal: new AbortController().signal },
    ...(ringEvents !== undefined && { ringEvents }),
    ...(ringBytes !== undefined && { ringBytes }),
  });
  const live = createLive({
    graph,
    log,
    topic: productTopic,
    stream,
    fields: counted(createProductFields({ outcomes, execute: async () => ({ data: null, errors: [] }) })),
    cursorKeys: options.keys ?? [randomCursorKey()],
    limits: { ...defaultSubscriptionLimits, ...options.limits },
    metrics: createSubscriptionMetrics(registry),
    logger,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= live.stop().then(stream.stop);
    return stopped;
  };
  test.after(stop);
  await stream.ready;

  function subscribe(query: string, given: SubscribeOptions = {}): TestOutlet {
    const { variables = {}, after, viewer = anonymous, operationName, onResult = () => {} } = given;
    const results: TestResult[] = [];
    let isBlocked = given.isBlocked ?? false;
    let ended: TestOutlet['ended'] = null;
    let opened: OpenSubscription | undefined;
    const outlet: Outlet = {
      write({ body }) {
        if (ended) faults.push('something was written after the end');
        const result = JSON.parse(body.toString()) as TestResult;
        results.push(result);
        onResult(result);
        return !isBlocked;
      },
      complete() {
        ended = 'complete';
      },
      fail(errors) {
        if (ended) faults.push('it ended twice');
        ended = errors;
      },
    };
    const document = graph.current().documents(query);
    if (!('kind' in document)) throw new Error(document[0]!.message);
    const context: RequestContext = {
      requestId: 'test',
      trace: newTraceContext(),
      viewerHeaders: viewer.headers,
      versions: createVersionFloor(),
      gone: new Set(),
    };
    const answer = live.open({ document, operationName, variables, after, context, viewer }, outlet);
    if (Array.isArray(answer)) ended = answer.map((error) => error.toJSON());
    else opened = answer as OpenSubscription;
    return {
      block() {
        isBlocked = true;
      },
      unblock() {
        isBlocked = false;
        opened?.resume();
      },
      results,
      cursor: () => results.at(-1)?.extensions?.cursor,
      get ended() {
        return ended;
      },
      stop: () => opened?.stop(),
    };
  }

  return {
    ...{ log, live, stream, graph, registry, asked, faults, subscribe, stop },
    filtered: () => filtered,
    async metric(name) {
      const { values = [] } = (await registry.getSingleMetric(`tributary_gateway_${name}`)?.get()) ?? {};
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** Waits until an outlet has so many results, and gives those of a field. */
export async function told(outlet: TestOutlet, count: number): Promise<readonly TestResult[]> {
  await until(`there are ${count} results`, () => outlet.results.length >= count || outlet.ended !== null);
  return outlet.results;
}

/** The code that an outlet's subscription ended with, when it has ended. */
export async function endOf(outlet: TestOutlet): Promise<{ code: unknown; cursor: string | undefined }> {
  const errors = await until('the subscription has ended', () => outlet.ended);
  const [error] = errors === 'complete' ? [] : errors;
  return { code: error?.extensions?.code, cursor: error?.extensions?.cursor as string | undefined };
}

const absent: GraphQLDataSource = {
  process: async () => ({ errors: [{ message: 'not here', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] as never }),
};

function inventory(stock: (request: StockRequest) => number | Promise<number>, asked: StockRequest[]) {
  return {
    async process({ request, context }) {
      const { representations } = request.variables as { representations: readonly { id: string }[] };
      const { viewerHeaders = {} } = context as RequestContext;
      const answers = representations.map(async ({ id }) => {
        const question = { productId: id, viewerHeaders };
        asked.push(question);
        return { stock: await stock(question) };
      });
      return { data: { _entities: await Promise.all(answers) } };
    },
  } satisfies GraphQLDataSource;
}
