import type { ErrorBody } from './schemas.ts';

function example(status: number, error: string, message: string, details: Partial<ErrorBody> = {}): ErrorBody {
  return {
    status,
    error,
    message,
    timestamp: '2026-01-31T09:30:00.000Z',
    requestId: '6c226c7b-8bf3-44fb-84b1-402711bf9ed4',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    ...details,
  };
}

const commandId = '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e12';
const conflict = (status: 409 | 412) =>
  example(status, 'VERSION_CONFLICT', 'the product has version 3, not 2', { commandId, currentVersion: 3 });

/** The error body by status, as the document shows it: made from the schema alone, each would show another status. */
export const errorExamples = {
  400: example(400, 'BAD_USER_INPUT', 'price: the price is negative', {
    problems: [{ path: ['price'], code: 'NEGATIVE', message: 'the price is negative' }],
  }),
  404: example(404, 'NOT_FOUND', 'There is no product with this id.'),
  409: conflict(409),
  410: example(410, 'DELETED_SINCE', 'The change was made as version 3, and the product has been deleted since.'),
  412: conflict(412),
  413: example(413, 'PAYLOAD_TOO_LARGE', 'The body is larger than 2 MiB.'),
  415: example(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.'),
  422: example(422, 'IDEMPOTENCY_KEY_REUSED', 'the idempotency key was used for a command with another content', {
    commandId,
  }),
  500: example(500, 'INTERNAL', 'Something went wrong on our side.'),
  503: example(503, 'UNAVAILABLE', 'Changes cannot be taken now; nothing was sent.'),
};
