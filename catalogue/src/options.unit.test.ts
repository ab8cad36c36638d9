import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, readCommandLine } from './options.ts';

test('a file is imported with what fits it', () => {
  assert.deepEqual(readCommandLine(['shop/a.csv.gz']), {
    task: 'import',
    options: {
      source: { path: 'shop/a.csv.gz', format: 'csv', gzip: true },
      url: 'http://127.0.0.1:4000',
      rejects: { path: 'shop/a.csv.gz.rejects.csv', format: 'csv', gzip: false },
      checkpoint: 'shop/a.csv.gz.checkpoint',
      concurrency: 128,
      batch: 10,
      dryRun: false,
    },
  });
});

test('every option is taken, and the checkpoint is beside the rejects', () => {
  const args = ['--url', 'http://shop:1/graphql', '--concurrency=7', '--batch', '25', '--dry-run'];
  assert.deepEqual(readCommandLine(['a.jsonl', ...args, '--rejects', '/tmp/r.csv']), {
    task: 'import',
    options: {
      source: { path: 'a.jsonl', format: 'ndjson', gzip: false },
      url: 'http://shop:1/graphql',
      rejects: { path: '/tmp/r.csv', format: 'csv', gzip: false },
      checkpoint: '/tmp/a.jsonl.checkpoint',
      concurrency: 7,
      batch: 25,
      dryRun: true,
    },
  });
});

test('products are made, and imported or written', () => {
  const made = readCommandLine(['--generate', '100000', '--seed', '7']);
  assert.deepEqual(made.task === 'import' && made.options.source, { count: 100_000, seed: 7 });
  assert.equal(made.task === 'import' && made.options.checkpoint, 'generated-7.checkpoint');
  assert.deepEqual(readCommandLine(['--generate', '5', '--out', 'x.ndjson.gz']), {
    task: 'write',
    products: { count: 5, seed: 1 },
    out: { path: 'x.ndjson.gz', format: 'ndjson', gzip: true },
  });
});

test('a command line that will not do is told in one line', () => {
  const messages: [string[], RegExp][] = [
    [[], /^name a FILE/],
    [['a.csv', 'b.csv'], /^one FILE at a time: b\.csv/],
    [['a.csv', '--generate', '5'], /not both/],
    [['a.csv', '--seed', '5'], /^--seed goes with --generate/],
    [['a.csv', '--out', 'b.csv'], /^--out goes with --generate/],
    [['a.xlsx'], /^a\.xlsx ends in neither/],
    [['a.gz'], /^a\.gz ends in neither/],
    [['a.csv', '--rejects', 'a.csv'], /another file/],
    [['a.csv', '--rejects', 'b.csv.gz'], /no \.gz/],
    [['a.csv', '--url', '127.0.0.1:4000'], /not an HTTP URL/],
    [['a.csv', '--batch', '26'], /^--batch 26 is not a whole number from 1 to 25$/],
    [['a.csv', '--concurrency', '0'], /^--concurrency 0 is not/],
    [['--generate', '1e3'], /^--generate 1e3 is not/],
    [['--generate'], /--generate.*--help lists the options$/],
    [['a.csv', '--fast'], /--fast.*--help lists the options$/],
  ];
  for (const [args, message] of messages)
    assert.throws(
      () => readCommandLine(args),
      (error: Error) => error.name === 'ImportError' && message.test(error.message) && !error.message.includes('\n'),
      args.join(' '),
    );
});

test('the help names every option', () => {
  assert.deepEqual(readCommandLine(['--help', 'a.csv']), { task: 'help' });
  for (const name of ['url', 'rejects', 'concurrency', 'batch', 'dry-run', 'generate', 'seed', 'out', 'help'])
    assert.match(HELP, new RegExp(`^  --${name} `, 'm'));
});
