import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ServiceProcess, startProcess, untilReady } from '@tributary/e2e';
import { freePort } from '@tributary/engines';
import { generateProduct } from './generator/product.ts';

const sample = readFileSync(new URL('../samples/products.csv', import.meta.url), 'utf8');
const SAMPLE_ROWS = 307;

let folder: string;
let service: ServiceProcess;
let url: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-e2e-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const args = ['--port', `${port}`, '--admin-port', `${adminPort}`, '--data', join(folder, 'stores')];
  service = startProcess('standalone', 'standalone/src/main.ts', {}, args);
  url = `http://127.0.0.1:${port}`;
  await untilReady(service, adminPort);
});
after(async () => {
  await service.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function startImport(...args: string[]): ServiceProcess {
  return startProcess('import', 'catalogue/src/main.ts', {}, ['--url', url, ...args]);
}

/** Imports, and gives the exit code with the numbers of the summary. */
async function runImport(...args: string[]) {
  const running = startImport(...args);
  const code = await running.ended(60_000);
  const said = running.output();
  const [, ...numbers] =
    /accepted +(\d+)\s+already there +(\d+)\s+rejected +(\d+)/.exec(said.replaceAll(',', '')) ?? [];
  const [accepted, there, rejected] = numbers.map(Number);
  return { result: { code, accepted, there, rejected }, said };
}

async function totalCount(search = ''): Promise<number> {
  const response = await fetch(`${url}/api/v1/products/search?size=1&search=${encodeURIComponent(search)}`);
  const body = (await response.json()) as { totalCount: number };
  return body.totalCount;
}

/** Waits until there are so many products: the read model may be a moment behind the last outcome. */
async function untilCount(least: number): Promise<number> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const count = await totalCount();
    if (count >= least) return count;
    assert.ok(Date.now() < deadline, `${count} products, not ${least}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('the sample goes in, and a second time is there already', async () => {
  const path = fileOf('products.csv', sample);
  assert.deepEqual((await runImport(path)).result, { code: 0, accepted: SAMPLE_ROWS, there: 0, rejected: 0 });
  assert.equal(await untilCount(SAMPLE_ROWS), SAMPLE_ROWS);
  const response = await fetch(`${url}/api/v1/products/search?search=gugelhupf+emaille`);
  const { products } = (await response.json()) as { products: { name: string; price: number }[] };
  assert.deepEqual(
    products.map(({ name, price }) => [name, price]),
    [['Gugelhupf-Form, 22 cm, Emaille', 28.9]],
  );

  assert.deepEqual((await runImport(path)).result, { code: 0, accepted: 0, there: SAMPLE_ROWS, rejected: 0 });
  assert.equal(await totalCount(), SAMPLE_ROWS);
  assert.ok(!existsSync(`${path}.checkpoint`) && !existsSync(`${path}.rejects.csv`));
});

test('a changed row under its old key is a reject, and goes in once it is mended in the rejects file', async () => {
  const changed = sample.replace('brushed steel",', 'brushed steel, new",');
  const path = fileOf('changed.csv', changed);
  assert.deepEqual((await runImport(path)).result, { code: 2, accepted: 0, there: SAMPLE_ROWS - 1, rejected: 1 });
  const rejects = readFileSync(`${path}.rejects.csv`, 'utf8');
  assert.match(rejects, /^line,code,reason,key,.*\n2,IDEMPOTENCY_KEY_REUSED,[^\n]+,KIT-KETTLE-01,/);

  const before = await totalCount();
  const mended = fileOf('mended.csv', rejects.replace('KIT-KETTLE-01', 'KIT-KETTLE-01-NEW'));
  assert.deepEqual((await runImport(mended)).result, { code: 0, accepted: 1, there: 0, rejected: 0 });
  assert.equal(await untilCount(before + 1), before + 1);
});

test('without keys, a changed line is one new product and no other line is touched', async () => {
  const rows = Array.from({ length: 30 }, (_, n) => ({ ...generateProduct(99, n + 1), key: undefined }));
  const text = [...rows, ...rows.slice(0, 2)].map((row) => `${JSON.stringify(row)}\n`).join('');
  const before = await totalCount();
  const path = fileOf('plain.ndjson.gz', gzipSync(text));
  assert.deepEqual((await runImport(path)).result, { code: 0, accepted: 32, there: 0, rejected: 0 });

  const [first, ...others] = text.split('\n');
  const edited = [...others.slice(0, 5), first?.replace('"price":"', '"price":"1'), ...others.slice(5)].join('\n');
  fileOf('plain.ndjson.gz', gzipSync(edited));
  assert.deepEqual((await runImport(path)).result, { code: 0, accepted: 1, there: 31, rejected: 0 });
  assert.equal(await untilCount(before + 33), before + 33);
});

test('an import that is interrupted and one that is killed are continued, and nothing goes in twice', async () => {
  const rows = 700;
  const before = await totalCount();
  const generate = ['--generate', `${rows}`, '--seed', '5', '--rejects', join(folder, 'generated.rejects.csv')];

  /** Ends an import that has brought in some more products. Few go at once, so that there is time for it. */
  async function endWith(signal: NodeJS.Signals, least: number) {
    const running = startImport(...generate, '--concurrency', '4', '--batch', '5');
    await untilCount(least);
    await running.kill(signal);
    return running;
  }
  const interrupted = await endWith('SIGINT', before + 50);
  assert.equal(await interrupted.ended(), 130, interrupted.output());
  assert.match(interrupted.output(), /^stopping: .*\nstopped after row \d+; the same command continues/m);
  assert.ok(existsSync(join(folder, 'generated-5.checkpoint')));

  const killed = await endWith('SIGKILL', (await totalCount()) + 50);
  assert.match(killed.output(), /^continuing after row \d+/);

  const { result, said } = await runImport(...generate);
  assert.match(said, /^continuing after row \d+/);
  assert.deepEqual([result.code, (result.accepted ?? 0) + (result.there ?? 0), result.rejected], [0, rows, 0]);
  assert.equal(await untilCount(before + rows), before + rows);
  assert.deepEqual((await runImport(...generate)).result, { code: 0, accepted: 0, there: rows, rejected: 0 });
  assert.equal(await totalCount(), before + rows);
});

test('what cannot go on says why in one line', async () => {
  const lines: [string[], RegExp][] = [
    [[join(folder, 'none.csv')], /none\.csv does not exist$/],
    [[fileOf('cost.csv', 'name,description,cost\n')], /has no column price/],
    [[fileOf('x.csv.gz', sample)], /is not gzip/],
    [['--generate', '5', '--url', `${url}/elsewhere`], /but not as Tributary's gateway does/],
  ];
  await Promise.all(
    lines.map(async ([args, line]) => {
      const { result, said } = await runImport(...args);
      assert.equal(result.code, 1);
      assert.match(said, /^import: [^\n]+\n$/);
      assert.match(said.trimEnd(), line);
    }),
  );
});
