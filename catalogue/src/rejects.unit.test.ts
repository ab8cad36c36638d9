import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Format } from './options.ts';
import { openFile } from './reading/source.ts';
import { openRejects } from './rejects.ts';
import type { Reject } from './row.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-rejects-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fields = { key: 'k', name: ' 12" pan, "big" ', description: 'Über\ntwo 🎉', price: '9,90' };
const refused: Reject = { line: 3, code: 'NOT_A_DECIMAL', reason: 'the price is no decimal', fields };
const unreadable: Reject = { line: 5, code: 'UNREADABLE', reason: 'no, "x"', fields: null, text: 'a,"b\nc' };

function fileOf(format: Format) {
  return { path: join(folder, `r.${format}`), format };
}

test('a file appears with the first reject, and can be read as a catalogue', async () => {
  for (const format of ['csv', 'ndjson'] as const) {
    const file = fileOf(format);
    const rejects = openRejects(file, 0);
    assert.ok(!existsSync(file.path));
    rejects.add(refused);
    rejects.add(unreadable);
    rejects.close();
    assert.equal(rejects.bytes(), readFileSync(file.path).length);
    const [first, second] = await Array.fromAsync((await openFile({ ...file, gzip: false })).rows());
    assert.deepEqual(first && 'fields' in first && first.fields, fields);
    assert.ok(second && 'fields' in second && !second.fields.name);
  }
});

test('line, code, reason and what could not be read are in it', () => {
  const rejects = openRejects(fileOf('csv'), 0);
  rejects.add(unreadable);
  rejects.add({ ...refused, fields: { name: 'Pan', price: 7, description: { a: 1 } } });
  rejects.close();
  assert.equal(
    readFileSync(fileOf('csv').path, 'utf8'),
    'line,code,reason,key,name,description,price,text\n5,UNREADABLE,"no, ""x""",,,,,"a,""b\nc"\n' +
      '3,NOT_A_DECIMAL,the price is no decimal,,Pan,"{""a"":1}",7,\n',
  );
  const json = openRejects(fileOf('ndjson'), 0);
  json.add(unreadable);
  json.close();
  assert.deepEqual(JSON.parse(readFileSync(fileOf('ndjson').path, 'utf8')), {
    line: 5,
    code: 'UNREADABLE',
    reason: 'no, "x"',
    text: 'a,"b\nc',
  });
});

test('it goes on after the rejects that are settled, and forgets those after them', () => {
  const file = fileOf('csv');
  const first = openRejects(file, 0);
  first.add(refused);
  const keep = first.bytes();
  first.add(unreadable);
  first.close();

  openRejects(file, keep).close();
  assert.equal(readFileSync(file.path).length, keep);
  const next = openRejects(file, keep);
  next.add({ ...refused, line: 9 });
  next.close();
  const lines = readFileSync(file.path, 'utf8').match(/^\d+/gm);
  assert.deepEqual(lines, ['3', '9']);
});

test('what an earlier import rejected is gone when nothing is rejected now', () => {
  const file = fileOf('csv');
  const first = openRejects(file, 0);
  first.add(refused);
  first.close();
  openRejects(file, 0).close();
  assert.ok(!existsSync(file.path));
});

test('another file in its place is not overwritten', () => {
  const file = fileOf('csv');
  writeFileSync(file.path, 'name,description,price\n');
  assert.throws(() => openRejects(file, 0), /is in the way/);
});
