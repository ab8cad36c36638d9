import { graphql } from '@tributary/e2e';
import type { Outcome, ReadModel, StoredProduct } from './evidence.ts';
import { canonical } from './rows.ts';

/** Fields in one operation; the gateway takes 25. */
const FIELDS_PER_QUERY = 20;
const PAGE_SIZE = 100;
const PRODUCT = 'id version name description price';

interface GraphProduct {
  id: string;
  version: number;
  name: string;
  description: string;
  price: string;
}

interface GraphCommand {
  state: 'PENDING' | 'COMMITTED' | 'REJECTED';
  productId: string | null;
  version: number | null;
  rejection: { code: string } | null;
}

/** What every gateway answers, of the products and commands of the write model. Plain reads come first, since others mend the cache. */
export async function readReadSide(
  gateways: readonly string[],
  products: readonly StoredProduct[],
  commandIds: readonly string[],
): Promise<ReadModel> {
  const [first] = gateways as [string];
  const plain: ReadModel['plain'] = [];
  for (const gateway of gateways)
    plain.push(
      ...(await readProducts(
        gateway,
        products.map(({ id }) => ({ id, minVersion: null })),
      )),
    );
  const present = await searchAll(first);
  const wanted = products.map(({ id, version }) => ({ id, minVersion: version }));
  const answers = await readProducts(first, wanted);
  const atVersion = answers.map((read, n) => ({ ...read, minVersion: wanted[n]!.minVersion }));
  return { plain, present, atVersion, outcomes: await readOutcomes(first, commandIds) };
}

/** What plain reads answer, by every gateway. */
export async function readPlain(gateways: readonly string[], ids: readonly string[]): Promise<ReadModel['plain']> {
  const answers: ReadModel['plain'] = [];
  for (const gateway of gateways)
    answers.push(
      ...(await readProducts(
        gateway,
        ids.map((id) => ({ id, minVersion: null })),
      )),
    );
  return answers;
}

/** What is told of commands: a state, or null. */
export async function readOutcomes(gateway: string, commandIds: readonly string[]): Promise<ReadModel['outcomes']> {
  const answers = await askAll(
    gateway,
    commandIds,
    (id) => `command(id: "${id}") {
    state productId version rejection { code } }`,
  );
  return answers.map(({ data, error }, n) => {
    if (error !== null) throw new Error(`command ${commandIds[n]}: ${error}`);
    return { commandId: commandIds[n]!, answer: outcomeOf(data as GraphCommand | null) };
  });
}

function outcomeOf(command: GraphCommand | null): Outcome | 'PENDING' | null {
  if (command === null) return null;
  const { state, productId, version, rejection } = command;
  return state === 'PENDING' ? state : { state, productId, version, rejection: rejection?.code ?? null };
}

async function readProducts(
  gateway: string,
  reads: readonly { id: string; minVersion: number | null }[],
): Promise<{ id: string; answer: StoredProduct | null | string }[]> {
  const answers = await askAll(
    gateway,
    reads,
    ({ id, minVersion }) => `product(id: "${id}", minVersion: ${minVersion}) {
    ${PRODUCT} }`,
  );
  return answers.map(({ data, error }, n) => ({
    id: reads[n]!.id,
    answer: error ?? (data === null ? null : stateOf(data as GraphProduct)),
  }));
}

async function searchAll(gateway: string): Promise<StoredProduct[]> {
  const query = `query ($after: String) { products(first: ${PAGE_SIZE}, after: $after) {
    edges { node { ${PRODUCT} } } pageInfo { endCursor hasNextPage } } }`;
  type Page = { edges: { node: GraphProduct }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
  const found: StoredProduct[] = [];
  for (let after: string | null = null; ; ) {
    const answer: { data: { products: Page } | null | undefined; text: string } = await graphql(gateway, query, {
      after,
    });
    if (!answer.data?.products) throw new Error(`a search failed: ${answer.text}`);
    const { edges, pageInfo } = answer.data.products;
    found.push(...edges.map(({ node }) => stateOf(node)));
    if (!pageInfo.hasNextPage) return found;
    after = pageInfo.endCursor;
  }
}

/** Asks for a field of each item, many in one operation. */
async function askAll<T>(
  gateway: string,
  items: readonly T[],
  field: (item: T) => string,
): Promise<{ data: unknown; error: string | null }[]> {
  const answers: { data: unknown; error: string | null }[] = [];
  for (let from = 0; from < items.length; from += FIELDS_PER_QUERY) {
    const some = items.slice(from, from + FIELDS_PER_QUERY);
    const fields = some.map((item, n) => `f${n}: ${field(item)}`);
    const { data, errors, text } = await graphql<Record<string, unknown>>(gateway, `{ ${fields.join(' ')} }`);
    const failed = new Map((errors ?? []).map(({ path, extensions }) => [path?.[0], extensions?.code ?? 'no code']));
    if (!data && failed.size === 0) throw new Error(`no answer: ${text}`);
    answers.push(...some.map((_, n) => ({ data: data?.[`f${n}`] ?? null, error: failed.get(`f${n}`) ?? null })));
  }
  return answers;
}

function stateOf({ id, version, name, description, price }: GraphProduct): StoredProduct {
  return { id, version, deleted: false, name, description, price: canonical(price) };
}
