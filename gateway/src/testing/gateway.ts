import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EventLog } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { FakeSubgraph } from './fake-subgraph.ts';
import { fakeCommands, fakeQueries } from './products.ts';

export interface TestGateway extends Gateway {
  readonly commands: FakeSubgraph;
  readonly queries: FakeSubgraph;
  readonly log: EventLog;
  readonly registry: Registry;
  /** Posts to /graphql, with headers on top of the usual ones. */
  post(body: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, for assertions.
  readonly body: any;
}

/** A gateway on a free port over fake subgraphs and an event log of its own; all of it goes with the test. */
export async function testGateway(
  test: Pick<TestContext, 'after'>,
  { queryResolvers = {}, ...options }: Partial<GatewayOptions> & { queryResolvers?: Record<string, unknown> } = {},
): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-gateway-'));
  const logger = options.logger ?? silentLogger();
  const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
  await log.ensureTopics([productEvents]);
  const [commands, queries] = await Promise.all([fakeCommands(), fakeQueries(queryResolvers)]);
  const registry = new Registry();
  const gateway = await createGateway({
    log,
    commandsUrls: [commands.url],
    queriesUrls: [queries.url],
    host: '127.0.0.1',
    port: 0,
    logger,
    registry,
    signal: new AbortController().signal,
    ...options,
  });
  test.after(async () => {
    await gateway.stop();
    await Promise.all([commands.stop(), queries.stop(), log.close()]);
    await rm(folder, { recursive: true });
  });
  return {
    ...gateway,
    commands,
    queries,
    log,
    registry,
    async post(body, headers = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      });
      return readAnswer(response);
    },
  };
}

export async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}
