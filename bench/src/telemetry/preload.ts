import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { patched, patchesOf } from './patches.ts';
import { silence } from './silence.ts';
import { PRELOADED, type Preloaded } from './variants.ts';

// Loaded by Node with `--import` before all of a service: the same service, but for what its variant has other.
const root = new URL('../../..', import.meta.url).href;
const preloaded: Preloaded = JSON.parse(process.env[PRELOADED] ?? '');
const patches = patchesOf(preloaded);
const files = new Set(patches.map(({ file }) => file));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = url.startsWith(root) ? url.slice(root.length) : '';
    if (!files.has(file)) return loaded;
    return { ...loaded, source: patched(file, readFileSync(fileURLToPath(url), 'utf8'), patches) };
  },
});
// As CommonJS: what is imported from it later is taken from what it exports then.
if (preloaded.leaveOut.includes('metrics')) silence(createRequire(import.meta.url)('prom-client'));
