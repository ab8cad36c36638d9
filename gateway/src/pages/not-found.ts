import type { FastifyInstance } from 'fastify';
import { refuse, send } from '../rest/answer.ts';
import { staticFile } from './assets.ts';
import { ownFilesOnly, securityHeaders } from './security-headers.ts';

/** What is at no path: a page for browsers, the shared error body for programs. */
export function registerNotFound(app: FastifyInstance): void {
  const load = staticFile('not-found.html');
  app.setNotFoundHandler(async (request, reply) => {
    const isNavigation = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (!isNavigation)
      return send(reply, refuse(404, { code: 'ROUTE_NOT_FOUND', message: 'There is nothing at this path.' }));
    return reply
      .code(404)
      .headers({ ...securityHeaders(ownFilesOnly), vary: 'accept', 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(await load());
  });
}
