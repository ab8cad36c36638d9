import { type Answer, internalError, refuse } from './answer.ts';

export class MalformedJsonError extends Error {
  override readonly name = 'MalformedJsonError';
  readonly code = 'MALFORMED_JSON';
}

/**
 * The value of a JSON body; undefined when the body is empty.
 * @throws MalformedJsonError when it is no JSON or no UTF-8: replacing what cannot be decoded would change the text.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new MalformedJsonError('the body is not JSON in UTF-8');
  }
}

/** The answer for what goes wrong before or beside a route, by the codes of Fastify's errors. */
export function requestErrorAnswer(error: unknown): Answer {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  switch (code) {
    case 'MALFORMED_JSON':
      return refuse(400, { code, message: 'The body is not JSON in UTF-8.' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse(
        415,
        { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The body must be application/json.' },
        { accept: 'application/json' },
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse(413, { code: 'PAYLOAD_TOO_LARGE', message: 'The body is larger than 2 MiB.' });
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return refuse(statusCode, { code: 'BAD_REQUEST', message: 'The request is malformed.' });
  return internalError;
}
