import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { cached } from './cache.ts';

describe('cached', () => {
  let cacheFolder: string;
  const report = () => {};

  beforeEach(async () => {
    cacheFolder = join(await mkdtemp(join(tmpdir(), 'tributary-cache-')), 'not', 'there', 'yet');
  });
  afterEach(() => rm(join(cacheFolder, '..', '..', '..'), { recursive: true, force: true }));

  it('fills a folder once, whoever asks at the same time', async () => {
    let fills = 0;
    const fill = async (folder: string) => {
      fills += 1;
      await writeFile(join(folder, 'content'), 'filled');
    };
    const folders = await Promise.all([1, 2, 3].map(() => cached(cacheFolder, 'key', fill, report)));
    assert.equal(fills, 1);
    assert.deepEqual(new Set(folders), new Set([join(cacheFolder, 'key')]));
    assert.equal(await readFile(join(cacheFolder, 'key', 'content'), 'utf8'), 'filled');
    assert.equal((await stat(join(cacheFolder, 'key'))).mode & 0o777, 0o755);
  });

  it('keeps nothing of a fill that failed or was interrupted', async () => {
    await assert.rejects(
      cached(cacheFolder, 'key', () => Promise.reject(new Error('no network')), report),
      /no network/,
    );
    await mkdir(join(cacheFolder, 'key.partial-killed'));
    await cached(cacheFolder, 'key', async () => {}, report);
    assert.deepEqual((await readdir(cacheFolder)).sort(), ['key', 'key.lock']);
  });
});
