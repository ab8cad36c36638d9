import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a WebSocket or a stream may be opened. A browser always says which page asks: the gateway's own or one of the allowed
 * origins; whoever sends no origin is no browser, and carries no user's cookies. RFC 6455, section 10.2.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
