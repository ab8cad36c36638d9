import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { patched, patches } from './patches.ts';
import { SOCKETS } from './remote.ts';
import { installSwitches } from './switches.ts';

// Loaded by Node with `--import` before all of a service: the same service, but that its telemetry can be switched from outside.
const root = new URL('../../..', import.meta.url).href;
const files = new Set(patches.map(({ file }) => file));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = url.startsWith(root) ? url.slice(root.length) : '';
    if (!files.has(file)) return loaded;
    return { ...loaded, source: patched(file, readFileSync(fileURLToPath(url), 'utf8')) };
  },
});
// As CommonJS: what is imported from them later is taken from what they export then.
const require = createRequire(import.meta.url);
const { choose, flush } = installSwitches(require('prom-client'), require('node:perf_hooks'));

const server = createServer(async (request, response) => {
  try {
    if (request.url === '/flush') await flush();
    else await choose(JSON.parse(await text(request)));
    response.end();
  } catch (error) {
    response.writeHead(500).end((error as Error).message);
  }
});
server.listen(join(process.env[SOCKETS] ?? '', `${process.pid}.sock`)).unref();
