import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Format } from '../options.ts';
import { openFile } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'catalogue-source-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, format: (name.includes('.csv') ? 'csv' : 'ndjson') as Format, gzip: name.endsWith('.gz') };
}
const csv = `name,description,price\n${'Pan,Flat,1\n'.repeat(5_000)}`;

test('the same rows come from a plain and from a compressed file, and the share grows to 1', async () => {
  for (const { name, content } of [
    { name: 'a.csv', content: csv },
    { name: 'a.csv.gz', content: gzipSync(csv) },
    { name: 'a.ndjson', content: '{"name":"Pan"}\n'.repeat(5_000) },
  ]) {
    const source = await openFile(file(name, content));
    assert.equal(source.share(), 0);
    assert.equal((await Array.fromAsync(source.rows())).length, 5_000);
    assert.equal(source.share(), 1);
  }
});

test('a file that cannot be read is told in a sentence', async () => {
  const [whole, path] = [gzipSync(csv), join(folder, 'none.csv')];
  await assert.rejects(openFile({ path, format: 'csv', gzip: false }), /none\.csv does not exist$/);
  await assert.rejects(openFile({ path: folder, format: 'csv', gzip: false }), /is not a file$/);
  for (const content of [csv, whole.subarray(0, whole.length - 20), Buffer.concat([whole.subarray(0, 60), whole])]) {
    const source = await openFile(file('bad.csv.gz', content));
    await assert.rejects(Array.fromAsync(source.rows()), /^ImportError: .*bad\.csv\.gz is not gzip, or is damaged: /);
  }
});
