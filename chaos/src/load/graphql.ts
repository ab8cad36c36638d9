import { type GraphqlAnswer, graphql } from '@tributary/e2e';
import type { Answer, Change, CommandQuery, Failed, Read, Search, SeenProduct, Told } from '../history/entry.ts';
import { answerOf, type CommandView, seen, toldBy, UnexpectedAnswer } from './answers.ts';
import type { Calls } from './calls.ts';

const PRODUCT = 'id version name description price';
const COMMAND = 'id state productId version rejection { code currentVersion }';
const PAYLOAD = `command { ${COMMAND} } productId version product { ${PRODUCT} }`;

const mutations = {
  create: `mutation ($input: CreateProductInput!) { payload: createProduct(input: $input) { ${PAYLOAD} } }`,
  update: `mutation ($input: UpdateProductInput!) { payload: updateProduct(input: $input) { ${PAYLOAD} } }`,
  delete: `mutation ($input: DeleteProductInput!) { payload: deleteProduct(input: $input) { ${PAYLOAD} } }`,
} as const;
const READ = `query ($id: ID!, $minVersion: Int) { product(id: $id, minVersion: $minVersion) { ${PRODUCT} } }`;
const SEARCH = `query ($search: String) { products(search: $search, first: 20) { edges { node { ${PRODUCT} } } } }`;
const ASK = `query ($id: ID!) { command(id: $id) { ${COMMAND} } }`;

interface Payload {
  command: CommandView & { id: string };
  productId: string;
  version: number | null;
  product: SeenProduct | null;
}

/** Calls a gateway by GraphQL. */
export function graphqlCalls(url: string): Calls {
  return {
    via: 'graphql',
    change: (change) => answerOf(() => sendChange(url, change)),
    command: (query) => answerOf(() => sendCommandQuery(url, query)),
    read: (read) => answerOf(() => sendRead(url, read)),
    search: (search) => answerOf(() => sendSearch(url, search)),
  };
}

async function sendChange(url: string, change: Change): Promise<Answer> {
  const { kind, productId, key, expectedVersion, content, wait } = change;
  const input = {
    ...content,
    ...(productId !== null && { id: productId }),
    ...(key !== null && { idempotencyKey: key }),
    ...(expectedVersion !== null && { expectedVersion }),
    wait: wait ? 'OUTCOME' : 'NONE',
  };
  const answer = await graphql<{ payload: Payload | null }>(url, mutations[kind], { input });
  const payload = answer.data?.payload;
  return payload ? toldByPayload(change, payload, answer) : failedBy(answer);
}

function toldByPayload({ kind }: Change, payload: Payload, answer: GraphqlAnswer<unknown>): Told {
  const { command, productId, version, product } = payload;
  const told = { ...toldBy(command.id, command), productId, version };
  if (answer.errors) return { ...told, productError: failedBy(answer).code };
  if (kind === 'delete' || command.state !== 'COMMITTED') return told;
  return { ...told, product: product && seen(product) };
}

async function sendCommandQuery(url: string, { commandId }: CommandQuery): Promise<Answer> {
  const answer = await graphql<{ command: CommandView | null }>(url, ASK, { id: commandId });
  return answer.errors || !answer.data ? failedBy(answer) : toldBy(commandId, answer.data.command);
}

async function sendRead(url: string, { productId, minVersion }: Read): Promise<Answer> {
  const answer = await graphql<{ product: SeenProduct | null }>(url, READ, { id: productId, minVersion });
  if (answer.errors || !answer.data) return failedBy(answer);
  const { product } = answer.data;
  return { kind: 'product', product: product && seen(product) };
}

async function sendSearch(url: string, { text }: Search): Promise<Answer> {
  type Found = { products: { edges: { node: SeenProduct }[] } };
  const answer = await graphql<Found>(url, SEARCH, { search: text });
  if (answer.errors || !answer.data) return failedBy(answer);
  return { kind: 'found', products: answer.data.products.edges.map(({ node }) => seen(node)) };
}

function failedBy({ errors, status, text }: GraphqlAnswer<unknown>): Failed {
  const [error] = errors ?? [];
  if (!error) throw new UnexpectedAnswer(`neither data nor errors: ${text.slice(0, 500)}`);
  const { code, commandId } = error.extensions ?? {};
  return {
    kind: 'error',
    code: code ?? '',
    status,
    message: error.message,
    commandId: typeof commandId === 'string' ? commandId : null,
  };
}
