import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { type CommandSubgraphOptions, createCommandSubgraph } from './subgraph.ts';

export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  body: any;
}

/** A command as a test's writer saw it. */
export interface SeenCommand {
  command: ProductCommand;
  key: string | null;
  headers: Readonly<Record<string, string>>;
}

/** A command subgraph over an embedded log, with a writer in the test's hands, for a test. */
export async function givenSubgraph(
  options: Partial<CommandSubgraphOptions> & { wrapLog?: (log: EventLog) => EventLog } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'products-command-'));
  const log = createEmbeddedEventLog({ file: join(folder, 'log.db'), logger: silentLogger() });
  await log.ensureTopics(topics);
  const seen: SeenCommand[] = [];
  const writer: { answer: (command: ProductCommand) => Partial<ProductEvent> | null } = { answer: () => null };

  await log.tail({
    topic: productCommands.name,
    from: 'end',
    async onRecords(records) {
      for (const { key, value, headers } of records) {
        const command = ProductCommand.decode(value);
        seen.push({ command, key, headers });
        const event = writer.answer(command);
        if (event) await publishOutcome(command, event);
      }
    },
  });
  async function publishOutcome({ commandId, productId }: ProductCommand, event: Partial<ProductEvent>) {
    const value = ProductEvent.encode(ProductEvent.fromPartial({ commandId, productId, ...event })).finish();
    await log.publish(productEvents.name, [{ key: productId, value, headers: {} }], { deadlineMs: 1_000 });
  }

  const registry = new Registry();
  const subgraph = await createCommandSubgraph({
    log: options.wrapLog?.(log) ?? log,
    writerAddresses: ['127.0.0.1:1'],
    host: '127.0.0.1',
    port: 0,
    waitMs: 2_000,
    logger: silentLogger(),
    registry,
    signal: new AbortController().signal,
    ...options,
  });
  const { url } = subgraph;

  async function send(body: string, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  return {
    url,
    subgraph,
    registry,
    seen,
    writer,
    publishOutcome,
    send,
    graphql: (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
      send(JSON.stringify({ query, variables }), headers),
    async stop() {
      await subgraph.stop();
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a writer answers when it made or changed the product. */
export function committed(kind: 'created' | 'updated' | 'deleted', version: bigint): Partial<ProductEvent> {
  return { version, body: { $case: kind, value: { product: undefined } } };
}
