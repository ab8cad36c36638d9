import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { runImport } from './import.ts';
import { readCommandLine } from './options.ts';
import {
  type FakeAnswer,
  type FakeGateway,
  type FakeRequest,
  rowsAnswer,
  startFakeGateway,
} from './sending/fake-gateway.ts';

let folder: string;
let file: string;
let fake: FakeGateway;
/** What the fake gateway holds, by its key. */
let products: Map<unknown, unknown>;
/** Answers instead of it when set. */
let failure: ((request: FakeRequest) => FakeAnswer | null) | null;
let stopping: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-import-'));
  file = join(folder, 'a.csv');
  writeFileSync(file, `key,name,description,price\n${[1, 2, 3, 4, 5, 6].map((n) => `k${n},P${n},d,${n}\n`).join('')}`);
  products = new Map();
  failure = null;
  stopping = new AbortController();
  fake = await startFakeGateway((request) => failure?.(request) ?? answer(request));
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

/** Knows products by the last id that was looked for before they came: the import asks for all it sends. */
let looked: readonly unknown[] = [];
function answer({ kind, rows }: FakeRequest): FakeAnswer {
  if (kind === 'look') {
    looked = rows;
    return rowsAnswer(rows.map((id) => products.get(id) ?? null));
  }
  for (const [n, { name, description, price }] of rows.entries()) products.set(looked[n], { name, description, price });
  return rowsAnswer(rows.map(() => ({ command: { state: 'COMMITTED', rejection: null } })));
}

async function run(...args: string[]) {
  const commandLine = readCommandLine([file, '--url', fake.url, '--concurrency', '1', '--batch', '2', ...args]);
  if (commandLine.task !== 'import') throw new Error('not an import');
  const said: string[] = [];
  const display = { show() {}, clear() {}, say: (text: string) => said.push(text) };
  const code = await runImport(commandLine.options, { display, stopping: stopping.signal });
  return { code, said: said.join('\n') };
}
const sent = () =>
  fake.requests.filter(({ kind }) => kind === 'create').map(({ rows }) => rows.map(({ name }) => name).join(' '));
/** Stops the import with the request that has this product. */
function stopAt(product: string) {
  failure = ({ rows }) => {
    if (rows.some(({ name }) => name === product)) stopping.abort();
    return null;
  };
}

test('all rows go in, and nothing is left beside the file', async () => {
  const { code, said } = await run();
  assert.equal(code, 0);
  assert.match(said, /^imported:\n {2}rows +6\n {2}accepted +6\n/);
  assert.deepEqual(sent(), ['P1 P2', 'P3 P4', 'P5 P6']);
  assert.ok(!existsSync(`${file}.checkpoint`) && !existsSync(`${file}.rejects.csv`));
});

test('a stopped import finishes what is in flight, and the next one continues after it', async () => {
  stopAt('P3');
  const stopped = await run();
  assert.equal(stopped.code, 130);
  assert.match(stopped.said, /^stopped after row 4; the same command continues/);

  stopping = new AbortController();
  failure = null;
  const before = fake.requests.length;
  const { code, said } = await run();
  assert.equal(code, 0);
  assert.match(said, /^continuing after row 4 /);
  assert.match(said, /accepted +6\n/);
  assert.deepEqual(sent(), ['P1 P2', 'P3 P4', 'P5 P6']);
  // One look for what the checkpoint counts on, one for the rest.
  assert.equal(fake.requests.length - before, 3);
});

test('a gateway that was emptied since gets everything', async () => {
  stopAt('P3');
  await run();
  stopping = new AbortController();
  failure = null;
  products.clear();
  const { code, said } = await run();
  assert.deepEqual([code, products.size], [0, 6]);
  assert.doesNotMatch(said, /continuing/);
});

test('rejects are written in the order of the file, once, over an interruption', async () => {
  writeFileSync(file, 'key,name,description,price\nk1,P1,d,1\nk2,,d,1\nk3,P3,d,1\nk4,P4,d,x\nk5,P5,d,1\nk6,P6,,1\n');
  stopAt('P3');
  assert.equal((await run()).code, 130);
  stopping = new AbortController();
  failure = null;
  const { code, said } = await run();
  assert.equal(code, 2);
  assert.match(said, /rejected +3, see .*a\.csv\.rejects\.csv/);
  assert.deepEqual(readFileSync(`${file}.rejects.csv`, 'utf8').match(/^\d+,\w+/gm), [
    '3,TOO_SHORT',
    '5,NOT_A_DECIMAL',
    '7,TOO_SHORT',
  ]);
});

test('an import that cannot go on leaves a checkpoint', async () => {
  failure = ({ rows }) =>
    rows.some(({ name }) => name === 'P5') ? { status: 404, body: 'the gateway moved away' } : null;
  await assert.rejects(run(), /^ImportError: .* answers HTTP 404/);
  assert.ok(existsSync(`${file}.checkpoint`));
  failure = null;
  assert.match((await run()).said, /^continuing after row 4 /);
});

test('a place that cannot be written to is told before anything is sent', async () => {
  await assert.rejects(run('--rejects', join(folder, 'none', 'r.csv')), /cannot be written: .*--rejects names another/);
  assert.deepEqual(sent(), []);
});

test('a dry run tells the rejects, sends nothing and needs no gateway', async () => {
  writeFileSync(file, 'key,name,description,price\nk1,P1,d,1\nk1,P1,d,1\nk3,P3,d,-1\n');
  const { code, said } = await run('--dry-run', '--url', 'http://127.0.0.1:1');
  assert.equal(code, 2);
  assert.match(
    said,
    /^checked, nothing was sent:\n {2}rows +3\n {2}accepted +1\n {2}already there +1\n {2}rejected +1/,
  );
  assert.ok(!existsSync(`${file}.checkpoint`));
});
