import { type IncomingMessage, request } from 'node:http';
import { exitCodes, OpsError } from '../problem.ts';
import type { Address } from './addresses.ts';

export interface AdminRequest {
  address: Address;
  method: 'GET' | 'POST';
  path: string;
  /** What the process wants to be shown; empty for none. */
  token: string;
  body?: unknown;
  signal: AbortSignal;
}

/**
 * Sends a request to an admin port and resolves with its answer when that begins.
 * @throws OpsError `UNREACHABLE`; the signal's reason when it is aborted
 */
export async function send({ address, method, path, token, body, signal }: AdminRequest): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const answer = Promise.withResolvers<IncomingMessage>();
  const sent = request(`http://${address}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
    signal,
    agent: false,
  });
  sent.once('response', answer.resolve);
  sent.once('error', answer.reject);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  try {
    return await answer.promise;
  } catch (error) {
    throw signal.aborted ? signal.reason : unreachable(address, error);
  }
}

/** @throws OpsError `CONNECTION_LOST` */
export async function readJson(address: Address, answer: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const line of linesOf(address, answer)) text += line;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OpsError('NO_ADMIN_PORT', `${address} does not answer as Tributary does`, exitCodes.unreachable, {
      cause: error,
    });
  }
}

/** @throws OpsError `CONNECTION_LOST` */
export async function* linesOf(address: Address, answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of answer) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw new OpsError(
      'CONNECTION_LOST',
      `${address} went away before it had answered: whether it did what was asked is not known`,
      exitCodes.unreachable,
      { cause: error },
    );
  }
  if (rest !== '') yield rest;
}

function unreachable(address: Address, cause: unknown): OpsError {
  return new OpsError('UNREACHABLE', `${address} does not answer`, exitCodes.unreachable, { cause });
}
