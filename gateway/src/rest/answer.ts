import { traceIdOf } from '@tributary/service';
import type { FastifyReply } from 'fastify';

/** One thing that is wrong with a request, and where. */
export interface Problem {
  /** From the outside in: `['price']`, or `[]` for the whole. */
  readonly path: readonly (string | number)[];
  readonly code: string;
  readonly message: string;
}

/** Why a request is not done, before it has a time and a request id. */
export interface Refusal {
  /** Stable: programs may compare it. */
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly Problem[];
  /** The command that was sent, where there is one. */
  readonly commandId?: string;
  /** The product's version at the time of a conflict. */
  readonly currentVersion?: number;
}

/** What a route answers with. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
} & ({ readonly body?: unknown } | { readonly refusal: Refusal });

export function refuse(status: number, refusal: Refusal, headers?: Readonly<Record<string, string>>): Answer {
  return headers === undefined ? { status, refusal } : { status, headers, refusal };
}

export function badRequest(problems: readonly Problem[]): Answer {
  const message = problems.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return refuse(400, { code: 'BAD_USER_INPUT', message: message.join('; '), problems });
}

export const internalError: Answer = refuse(500, {
  code: 'INTERNAL',
  message: 'Something went wrong on our side; the request id and the trace id tell us which request it was.',
});

/** Sends an answer; a refusal becomes the error body that every route shares. */
export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status).headers({ 'x-content-type-options': 'nosniff', ...answer.headers });
  if (!('refusal' in answer)) return reply.send(answer.body);
  const { id: requestId, trace } = reply.request;
  const body = errorBodyOf(answer.status, answer.refusal, { requestId, traceId: traceIdOf(trace) });
  return reply.header('cache-control', 'no-store').send(body);
}

/** The error body of every answer. */
export function errorBodyOf(
  status: number,
  { code, message, ...details }: Refusal,
  ids: { readonly requestId: string; readonly traceId: string },
) {
  return { status, error: code, message, timestamp: new Date().toISOString(), ...ids, ...details };
}
