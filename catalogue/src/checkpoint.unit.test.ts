import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openCheckpoint } from './checkpoint.ts';
import { type ImportOptions, readCommandLine } from './options.ts';

let folder: string;
let options: ImportOptions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-checkpoint-'));
  writeFileSync(join(folder, 'a.csv'), 'name,description,price\nPan,Flat,1\n');
  writeFileSync(join(folder, 'a.csv.rejects.csv'), 'line,code,reason,');
  options = optionsOf(join(folder, 'a.csv'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function optionsOf(...args: string[]): ImportOptions {
  const commandLine = readCommandLine(args);
  if (commandLine.task !== 'import') throw new Error('not an import');
  return commandLine.options;
}
const settled = { rows: 7, counts: { accepted: 5, repeated: 1, rejected: 1 }, lastProductId: 'g' };

test('it is read as it was written, and removed', () => {
  assert.equal(openCheckpoint(options).read(), null);
  openCheckpoint(options).write({ settled, rejectsBytes: 17 });
  const { settled: read, rejectsBytes } = openCheckpoint(options).read() ?? {};
  assert.deepEqual([read, rejectsBytes], [settled, 17]);
  openCheckpoint(options).remove();
  openCheckpoint(options).remove();
  assert.equal(openCheckpoint(options).read(), null);
});

test('it is of one catalogue as it was, one gateway and one rejects file', () => {
  const { path } = options.source as { path: string };
  const date = new Date('2026-01-01');
  utimesSync(path, date, date);
  openCheckpoint(options).write({ settled, rejectsBytes: 0 });
  assert.equal(openCheckpoint(optionsOf(path, '--url', 'http://127.0.0.1:4001')).read(), null);
  assert.equal(openCheckpoint(optionsOf(path, '--rejects', join(folder, 'other.csv'))).read(), null);
  assert.notEqual(openCheckpoint(optionsOf(path, '--concurrency', '3')).read(), null);

  writeFileSync(path, readFileSync(path, 'utf8').replace('Pan', 'Pot'));
  utimesSync(path, date, date);
  assert.equal(openCheckpoint(options).read(), null);
  writeFileSync(path, readFileSync(path, 'utf8').replace('Pot', 'Pan'));
  utimesSync(path, date, date);
  assert.notEqual(openCheckpoint(options).read(), null);
  utimesSync(path, date, new Date(date.getTime() + 1_000));
  assert.equal(openCheckpoint(options).read(), null);
});

test('it is of one seed and number of generated products', () => {
  const rejects = ['--rejects', join(folder, 'r.csv')];
  openCheckpoint(optionsOf('--generate', '5', ...rejects)).write({ settled, rejectsBytes: 0 });
  assert.notEqual(openCheckpoint(optionsOf('--generate', '5', ...rejects)).read(), null);
  assert.equal(openCheckpoint(optionsOf('--generate', '6', ...rejects)).read(), null);
});

test('it is of no use without the rejects that it counts', () => {
  openCheckpoint(options).write({ settled, rejectsBytes: 18 });
  assert.equal(openCheckpoint(options).read(), null);
});

test('another file in its place is not overwritten', () => {
  for (const text of ['my notes', '{"version":2}']) {
    writeFileSync(options.checkpoint, text);
    assert.throws(() => openCheckpoint(options).read(), /is in the way/);
  }
});
