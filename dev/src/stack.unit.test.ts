import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import picocolors from 'picocolors';
import { createOutput } from './output.ts';
import { type StackOptions, startStack } from './stack.ts';
import { sourceFolders } from './workspaces.ts';

const HOUR_MS = 3_600_000;

/** Says that it is there, answers that it is ready, and says good bye. */
const SERVICE = `
  import { createServer } from 'node:http';
  createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1', () => console.log('here'));
  process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;

/** A project of two services, `first` and `second`; `first` is made of a package that is made of another. */
const PROJECT: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ workspaces: ['packages/*', 'first', 'second'] }),
  'packages/base/package.json': JSON.stringify({ name: 'base' }),
  'packages/base/src/base.ts': '',
  'packages/middle/package.json': JSON.stringify({ name: 'middle', dependencies: { base: '1' } }),
  'packages/tools/package.json': JSON.stringify({ name: 'tools' }),
  'packages/tools/tool.ts': '',
  'first/package.json': JSON.stringify({
    name: 'first',
    dependencies: { middle: '1' },
    devDependencies: { tools: '1' },
  }),
  'first/main.mjs': SERVICE,
  'second/package.json': JSON.stringify({ name: 'second', dependencies: { elsewhere: '1' } }),
  'second/main.mjs': SERVICE,
};

/** Starts the project's services and keeps the lines that are shown, without their time. */
async function given(
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
  options: Partial<StackOptions> = {},
) {
  const root = mkdtempSync(join(tmpdir(), 'tributary-dev-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries({ ...PROJECT, ...files })) write(file, text);
  const shown: string[] = [];
  const names = ['first', 'second'];
  const output = createOutput({
    write: (text) => {
      const lines = text.trimEnd().split('\n');
      shown.push(...lines.map((line) => line.slice('HH:MM:SS.mmm '.length).replaceAll(/ +/g, ' ')));
    },
    sources: [...names, 'dev'],
    colors: picocolors.createColors(false),
  });
  const services = [];
  for (const name of names) {
    const port = await freePort();
    services.push({
      name,
      command: [process.execPath, join(root, name, 'main.mjs')] as const,
      env: { ...process.env, PORT: String(port) },
      sources: sourceFolders(root, name),
      readyUrl: `http://127.0.0.1:${port}/`,
    });
  }
  const stack = await startStack({
    root,
    services,
    output,
    backOff: { firstMs: HOUR_MS, longestMs: HOUR_MS, ranWellAfterMs: HOUR_MS },
    endTimeoutMs: HOUR_MS,
    stopTimeoutMs: HOUR_MS,
    ...options,
  });
  t.after(async () => {
    stack.kill();
    await stack.stop();
    rmSync(root, { recursive: true });
  });
  const count = (line: string) => shown.filter((one) => one === line).length;
  const shows = (line: string, times = 1) =>
    until(`"${line}" is shown ${times} times; shown is:\n${shown.join('\n')}`, () => count(line) >= times);
  return { ...stack, root, write, shown, count, shows };
}

test('the sources of a service are its own and those of what it depends on', async (t) => {
  const { root } = await given(t);
  assert.deepEqual(sourceFolders(root, 'first').sort(), ['first', 'packages/base', 'packages/middle']);
  assert.deepEqual(sourceFolders(root, 'second'), ['second']);
});

test('a change restarts the services that are made of it, and no others', async (t) => {
  const { ready, write, shows, count } = await given(t);
  assert.equal(await ready, true);

  write('packages/base/src/base.ts', 'changed');
  await shows('first packages/base/src/base.ts changed: starting again');
  await shows('first here', 2);
  write('second/deep/new.ts', 'new');
  await shows('second second/deep/new.ts changed: starting again');
  await shows('second here', 2);
  assert.equal(count('first here'), 2);
});

test('files that no service reads restart none', async (t) => {
  const { ready, write, shows, shown } = await given(t);
  await ready;
  write('first/some.test.ts', '');
  write('first/README.md', '');
  write('first/.main.mjs.swp', '');
  write('first/node_modules/other/index.js', '');
  write('first/testing/fake.ts', '');
  write('packages/tools/tool.ts', 'changed');
  // Seen after those, if they were.
  write('first/read.json', '{}');
  await shows('first here', 2);
  const told = shown.filter((line) => line.endsWith('starting again'));
  assert.deepEqual(told, ['first first/read.json changed: starting again']);
});

test('files that are saved together are one change', async (t) => {
  const { ready, write, shows } = await given(t, {}, { quietMs: 1_000 });
  await ready;
  for (const n of [1, 2, 3]) write(`first/${n}.ts`, '');
  await shows('first first/1.ts and 2 more changed: starting again');
});

test('a service that was broken by an edit starts as soon as it is mended', async (t) => {
  const { ready, write, shows, shown } = await given(t);
  await ready;
  write('second/main.mjs', 'const half = ;');
  await shows('second ended (exit code 1): starts again in 3600 s, or on a change');
  assert.ok(shown.some((line) => line.startsWith("second SyntaxError: Unexpected token ';'")));
  write('second/main.mjs', SERVICE);
  await shows('second here', 2);
});

test('a service that crashes is told, and the others go on', async (t) => {
  const { ready, shows, count, stop } = await given(t, { 'first/main.mjs': 'throw new Error("no good")' });
  await shows('first ended (exit code 1): starts again in 3600 s, or on a change');
  await shows('second here');
  assert.equal(count('first Error: no good'), 1);
  await stop();
  assert.equal(await ready, false);
});

test('the services stop one after another, the last first', async (t) => {
  const { ready, shown, stop } = await given(t);
  await ready;
  shown.length = 0;
  await Promise.all([stop(), stop()]);
  assert.deepEqual(shown, ['second bye', 'second stopped', 'first bye', 'first stopped']);
});

test('services that do not stop in time are killed', async (t) => {
  const stubborn = SERVICE.replace('process.exit(0);', '');
  const { ready, shown, stop } = await given(t, { 'second/main.mjs': stubborn }, { stopTimeoutMs: 1 });
  await ready;
  shown.length = 0;
  await stop();
  assert.ok(shown.includes('dev not all have stopped in 0.001 s: killing the others'));
  assert.ok(shown.includes('second stopped'));
});
