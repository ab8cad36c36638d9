import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Plugin } from '../routes.ts';
import { type Asset, registerAsset, staticFile } from './assets.ts';
import { registerNotFound } from './not-found.ts';
import {
  docsPolicy,
  graphiqlPolicy,
  ownFilesOnly,
  type PagePolicy,
  sandboxHeaders,
  sandboxPolicy,
  securityHeaders,
} from './security-headers.ts';

const STYLES = ['page.css', 'home.css', 'live.css', 'graphiql.css', 'docs.css', 'sandbox.css'];
const SCRIPTS = [
  ...['home.js', 'graphiql.js', 'docs.js', 'sandbox.js'],
  ...['graphql-request.js', 'graphql-socket.js'],
  ...['live.js', 'live-catalogue.js', 'live-catch-up.js', 'live-clock.js', 'live-commands.js', 'live-elements.js'],
  ...['live-product-form.js', 'live-product-list.js', 'live-command-list.js', 'live-event-list.js'],
];

/** The pages that people open in a browser. Only the sandbox needs anything from elsewhere. */
export const registerPages: Plugin = async (app, { config }) => {
  const adminPort = String(config.adminPort ?? '');

  page(app, '/', staticFile('home.html', { ADMIN_PORT: adminPort }), ownFilesOnly);
  page(app, '/live', staticFile('live.html'), ownFilesOnly);
  page(app, '/graphiql', staticFile('graphiql.html'), graphiqlPolicy);
  page(app, '/docs', staticFile('docs.html'), docsPolicy);
  page(app, '/sandbox', staticFile('sandbox.html'), sandboxPolicy, sandboxHeaders);

  for (const name of STYLES) file(app, { path: `/assets/${name}`, type: 'css', load: staticFile(name) });
  for (const name of SCRIPTS) file(app, { path: `/assets/${name}`, type: 'js', load: staticFile(name) });
  for (const path of ['/favicon.svg', '/favicon.ico'])
    file(app, { path, type: 'svg', load: staticFile('favicon.svg') });

  file(app, { path: '/graphiql/graphiql.css', type: 'css', load: async () => (await graphiql()).css });
  file(app, { path: '/graphiql/graphiql.js', type: 'js', load: async () => (await graphiql()).js });
  file(app, {
    path: '/graphiql/editor.worker.js',
    type: 'js',
    load: async () => (await graphiql()).editorWorkerService,
  });
  file(app, { path: '/graphiql/json.worker.js', type: 'js', load: async () => (await graphiql()).jsonWorker });
  file(app, { path: '/graphiql/graphql.worker.js', type: 'js', load: async () => (await graphiql()).graphqlWorker });
  file(app, { path: '/docs/swagger-ui.css', type: 'css', load: swaggerFile('swagger-ui.css') });
  file(app, { path: '/docs/swagger-ui-bundle.js', type: 'js', load: swaggerFile('swagger-ui-bundle.js') });

  registerNotFound(app);
};

function page(
  app: FastifyInstance,
  path: string,
  load: Asset['load'],
  policy: PagePolicy,
  otherHeaders: Readonly<Record<string, string>> = {},
): void {
  registerAsset(app, { path, type: 'html', load, headers: { ...securityHeaders(policy), ...otherHeaders } });
}

function file(app: FastifyInstance, asset: Asset): void {
  registerAsset(app, { ...asset, headers: { 'x-content-type-options': 'nosniff' } });
}

/** Nine megabytes: loaded when somebody opens the page. */
const graphiql = () => import('@graphql-yoga/render-graphiql/graphiql');

/** The plugin's own routes need a second plugin and have no strict policy; its copy of Swagger UI is all we take. */
function swaggerFile(name: string): () => Promise<Buffer> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json'));
  return () => readFile(path.join(folder, 'static', name));
}
