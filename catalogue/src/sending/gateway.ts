import { Pool } from 'undici';
import { z } from 'zod';
import { ImportError } from '../problem.ts';
import { type HttpAnswer, type RowAnswer, readAnswer } from './answer.ts';
import { documentFor, type Operation, variablesFor } from './documents.ts';

const outcome = z.object({
  state: z.enum(['PENDING', 'COMMITTED', 'REJECTED']),
  rejection: z.object({ code: z.string(), message: z.string() }).nullable(),
});
const created = z.object({ command: outcome }).transform(({ command }) => command);
const content = z.object({ name: z.string(), description: z.string(), price: z.string() }).nullable();

export type CommandOutcome = z.output<typeof outcome>;
export type ProductContent = NonNullable<z.output<typeof content>>;
export interface CreateInput extends ProductContent {
  readonly idempotencyKey: string;
}

/** The gateway as an import uses it. Every call is one HTTP request over connections that are kept. */
export interface Gateway {
  create(inputs: readonly CreateInput[]): Promise<RowAnswer<CommandOutcome>[]>;
  /** The products of these ids, null where there is none. */
  look(productIds: readonly string[]): Promise<RowAnswer<ProductContent | null>[]>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Base URL, or that of the GraphQL endpoint itself. */
  readonly url: string;
  readonly connections: number;
}

const CONNECT_WITHIN_MS = 5_000;
/** More than the gateway takes before it gives up by itself. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * Connects to the gateway. Every call rejects with ImportError when what answers is no gateway.
 * @throws ImportError when nothing answers: before an import has begun that is more likely a mistake than an outage
 */
export async function openGateway({ url, connections }: GatewayOptions): Promise<Gateway> {
  const { origin, pathname } = new URL(url);
  const path = pathname === '/' ? '/graphql' : pathname;
  const endpoint = `${origin}${path}`;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: { timeout: CONNECT_WITHIN_MS },
    headersTimeout: ANSWER_WITHIN_MS,
    bodyTimeout: ANSWER_WITHIN_MS,
  });

  async function post(query: string, variables: Record<string, unknown>): Promise<HttpAnswer> {
    const { statusCode, headers, body } = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const retryAfterMs = Number(headers['retry-after']) * 1_000 || 0;
    return { endpoint, status: statusCode, retryAfterMs, text: await body.text() };
  }
  async function run<T>(operation: Operation, values: readonly unknown[], shape: z.ZodType<T>) {
    let answer: HttpAnswer;
    try {
      answer = await post(documentFor(operation, values.length), variablesFor(values));
    } catch (error) {
      const trouble = { code: 'NO_ANSWER', reason: `no answer: ${causeOf(error)}`, retryAfterMs: 0 };
      return values.map(() => ({ trouble }));
    }
    return readAnswer(answer, values.length, shape);
  }

  try {
    readAnswer(await post('{ __typename }', {}), 0, content);
  } catch (error) {
    await pool.destroy();
    if (error instanceof ImportError) throw error;
    throw new ImportError(
      `nothing answers at ${endpoint}: ${causeOf(error)}. Is the gateway running? --url names another`,
    );
  }
  return {
    create: (inputs) => run('create', inputs, created),
    look: (productIds) => run('look', productIds, content),
    close: () => pool.destroy(),
  };
}

function causeOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown';
}
