import { type RestAnswer, rest } from '@tributary/e2e';
import type { Answer, Change, CommandQuery, Failed, Read, SeenProduct, Told } from '../history/entry.ts';
import { answerOf, type CommandView, seen, toldBy, UnexpectedAnswer } from './answers.ts';
import type { Calls } from './calls.ts';

interface Body {
  productId?: string;
  commandId?: string;
  state?: CommandView['state'];
  version?: number | null;
  rejection?: CommandView['rejection'];
  error?: string;
  message?: string;
  currentVersion?: number;
  name?: string;
  description?: string;
  price?: number;
}

/** Calls a gateway by REST. A read has no minimum version there. */
export function restCalls(url: string): Calls {
  return {
    via: 'rest',
    change: (change) => answerOf(async () => answerToChange(change, await sendChange(url, change))),
    command: (query) => answerOf(() => sendCommandQuery(url, query)),
    read: (read) => answerOf(() => sendRead(url, read)),
  };
}

function sendChange(url: string, change: Change): Promise<RestAnswer<Body>> {
  const { kind, productId, key, expectedVersion, content, wait } = change;
  const headers = {
    ...(key !== null && { 'idempotency-key': key }),
    ...(expectedVersion !== null && { 'if-match': `"${expectedVersion}"` }),
    ...(!wait && { prefer: 'respond-async' }),
  };
  const path = '/api/v1/products';
  if (kind === 'create') return rest(url, 'POST', path, content ?? {}, headers);
  if (kind === 'update') return rest(url, 'PUT', `${path}/${productId}`, content ?? {}, headers);
  return rest(url, 'DELETE', `${path}/${productId}`, undefined, headers);
}

const COMMITTED = { kind: 'told', commandId: null, state: 'COMMITTED', version: null, rejection: null } as const;

function answerToChange(change: Change, { status, headers, body }: RestAnswer<Body>): Answer {
  const productId = body.productId ?? change.productId;
  switch (status) {
    case 200:
      if (change.kind === 'delete') return { ...COMMITTED, productId };
      return { ...COMMITTED, productId, product: productIn(body, headers) };
    case 201:
      return { ...COMMITTED, productId, version: versionIn(headers) };
    case 202:
      return toldByCommand(body);
    case 410:
      return { ...COMMITTED, productId };
    case 404:
    case 409:
    case 412:
    case 422:
      return refusalIn(body, change.productId, status);
    default:
      return failedBy(status, body);
  }
}

/** A refusal by the writer names its command. */
function refusalIn(body: Body, productId: string | null, status: number): Told | Failed {
  const { commandId, error, currentVersion } = body;
  if (commandId === undefined || error === undefined) return failedBy(status, body);
  const rejection = { code: error, currentVersion: currentVersion ?? null };
  return { ...toldBy(commandId, { state: 'REJECTED', productId, version: null, rejection }) };
}

async function sendCommandQuery(url: string, { commandId }: CommandQuery): Promise<Answer> {
  const { status, body } = await rest<Body>(url, 'GET', `/api/v1/commands/${commandId}`);
  if (status === 200) return toldByCommand(body);
  return status === 404 ? toldBy(commandId, null) : failedBy(status, body);
}

function toldByCommand({ commandId, state, productId, version, rejection }: Body): Told {
  if (commandId === undefined || state === undefined) throw new UnexpectedAnswer('a command without its id or state');
  return toldBy(commandId, {
    state,
    productId: productId ?? null,
    version: version ?? null,
    rejection: rejection ?? null,
  });
}

async function sendRead(url: string, { productId }: Read): Promise<Answer> {
  const { status, headers, body } = await rest<Body>(url, 'GET', `/api/v1/products/${productId}`);
  if (status === 200) return { kind: 'product', product: productIn(body, headers) };
  return status === 404 ? { kind: 'product', product: null } : failedBy(status, body);
}

function productIn({ productId, name, description, price }: Body, headers: Headers): SeenProduct {
  if (productId === undefined || name === undefined || description === undefined || price === undefined)
    throw new UnexpectedAnswer('a product without all of its fields');
  return seen({ id: productId, version: versionIn(headers), name, description, price });
}

function versionIn(headers: Headers): number | null {
  const version = /^"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1];
  return version === undefined ? null : Number(version);
}

function failedBy(status: number, { error, message, commandId }: Body): Failed {
  return { kind: 'error', code: error ?? '', status, message: message ?? '', commandId: commandId ?? null };
}
