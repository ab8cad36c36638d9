import { randomBytes } from 'node:crypto';
import type { EventLog, LogRecord } from '@tributary/event-log';
import { type GraphqlAnswer, graphql } from '../client.ts';

/** A trace that the test begins, as a browser does. */
export interface ClientTrace {
  readonly traceId: string;
  readonly headers: { readonly traceparent: string };
}

export function newClientTrace(): ClientTrace {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, headers: { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` } };
}

interface Payload {
  readonly productId: string;
  readonly command: { readonly id: string; readonly state: string };
}

const FIELDS = 'productId command { id state } product { id name }';
const CREATE = `mutation CreateProduct($input: CreateProductInput!) { payload: createProduct(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation UpdateProduct($input: UpdateProductInput!) { payload: updateProduct(input: $input) { ${FIELDS} } }`;
const SEARCH = 'query Search($search: String) { products(search: $search, first: 2) { edges { node { id name } } } }';

/** Clients that ask in traces of their own. */
export interface Client {
  create(name: string, more?: Readonly<Record<string, unknown>>): Promise<Asked<Payload>>;
  update(input: Readonly<Record<string, unknown>>): Promise<Asked<Payload>>;
  search(search: string): Promise<Asked<never>>;
}

export interface Asked<P> extends ClientTrace {
  readonly answer: GraphqlAnswer<Record<string, unknown>>;
  readonly payload: P;
}

export function clientOf(gateway: string): Client {
  async function ask<P>(query: string, variables: Record<string, unknown>): Promise<Asked<P>> {
    const trace = newClientTrace();
    const answer = await graphql(gateway, query, variables, trace.headers);
    if (answer.errors) throw new Error(answer.text);
    return { ...trace, answer, payload: answer.data?.payload as P };
  }
  return {
    create: (name, more) => ask(CREATE, { input: { name, description: 'Boils a litre.', price: '19.99', ...more } }),
    update: (input) => ask(UPDATE, { input }),
    search: (search) => ask(SEARCH, { search }),
  };
}

/** The one record of a topic that belongs to a trace. */
export async function recordOf(log: EventLog, topic: string, traceId: string): Promise<LogRecord> {
  const ranges = await log.offsets(topic);
  const found: LogRecord[] = [];
  const tail = await log.tail({
    topic,
    from: new Map([...ranges].map(([partition, { start }]) => [partition, start])),
    onRecords: (batch) => void found.push(...batch.filter(({ headers }) => headers.traceparent?.includes(traceId))),
  });
  await tail.ready;
  await tail.stop();
  if (found.length !== 1) throw new Error(`${topic} has ${found.length} records of the trace ${traceId}`);
  return found[0]!;
}
