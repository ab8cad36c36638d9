import cors, { type FastifyCorsOptions } from '@fastify/cors';
import { TRACE_ID_HEADER, VERSION_FLOOR_HEADER } from '@tributary/service';
import type { FastifyInstance } from 'fastify';

/** Headers of answers that a page of another origin may read, beside those that every page may. */
const EXPOSED = [
  TRACE_ID_HEADER,
  VERSION_FLOOR_HEADER,
  'x-request-id',
  'x-cursor',
  'etag',
  'location',
  'retry-after',
  'allow',
];
/** For so long a browser need not ask again whether it may. */
const PREFLIGHT_HOLDS_S = 600;

/**
 * Lets pages of these origins ask by `fetch` and read the answers; a browser asks first where a request is not a simple one. No
 * credentials of the browser's own are asked for: whoever needs to show who they are does it with a header.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const options: FastifyCorsOptions = {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_HOLDS_S,
  };
  await app.register(cors, {
    // An OPTIONS request that is no preflight is answered by its route.
    delegator({ headers }, told) {
      told(null, { ...options, preflight: headers['access-control-request-method'] !== undefined });
    },
  });
}
