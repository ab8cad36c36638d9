import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { matchesWeakly, parseEntityTags } from '../rest/entity-tags.ts';

const compress = promisify(gzip);

/** A file that browsers load. It is read at its first request and kept compressed. */
export interface Asset {
  readonly path: string;
  readonly type: keyof typeof TYPES;
  load(): Promise<string | Buffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The text of a file beside this one, with its placeholders filled in. */
export function staticFile(name: string, values: Readonly<Record<string, string>> = {}): () => Promise<string> {
  return async () => {
    const text = await readFile(new URL(`./static/${name}`, import.meta.url), 'utf8');
    return text.replaceAll(/%([A-Z_]+)%/g, (placeholder, key: string) => values[key] ?? placeholder);
  };
}

export function registerAsset(app: FastifyInstance, asset: Asset): void {
  let stored: Promise<{ readonly etag: string; readonly compressed: Buffer }> | undefined;

  async function store() {
    const content = Buffer.from(await asset.load());
    const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    return { etag: `"${digest}"`, compressed: await compress(content) };
  }

  app.get(asset.path, async (request, reply) => {
    stored ??= store();
    const { etag, compressed } = await stored.catch((error) => {
      stored = undefined;
      throw error;
    });
    reply.headers({ etag, vary: 'accept-encoding', 'cache-control': 'no-cache', ...asset.headers });
    const known = parseEntityTags(request.headers['if-none-match'] ?? '');
    if (known !== null && matchesWeakly(known, etag)) return reply.code(304).send();
    reply.type(TYPES[asset.type]);
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return reply.send(await asset.load());
    return reply.header('content-encoding', 'gzip').send(compressed);
  });
}
