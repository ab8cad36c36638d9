import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectFiles } from '../checks/files.ts';
import { sourceFolders } from '../dev/src/workspaces.ts';
import { isIgnored, lastOf, lineage, parseDockerfile } from './dockerfile.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const dockerignore = read('.dockerignore');
const targets = ['production', 'development'];

describe('the Dockerfile', () => {
  it('is of the Node that the project pins, in one version', () => {
    const { node } = (JSON.parse(read('bootstrap/node/package.json')) as { dependencies: { node: string } })
      .dependencies;
    for (const { name } of stages) assert.equal(lineage(stages, name).image, `node:${node}-bookworm-slim`);
  });

  it('ends in an image that is not root, and starts node itself', () => {
    for (const target of targets) {
      const { instructions } = lineage(stages, target);
      assert.equal(lastOf(instructions, 'USER')?.text, 'node');
      assert.equal(lastOf(instructions, 'ENTRYPOINT')?.args[0], 'node');
      assert.doesNotMatch(
        instructions
          .filter(({ name }) => name !== 'RUN')
          .map(({ text }) => text)
          .join('\n'),
        /\bnpm\b/,
      );
    }
    assert.equal(stages.at(-1)?.name, 'production');
  });

  it('installs what the lock file says, for the services without the tools, and runs no script of a package', () => {
    const installs = stages.flatMap(({ name, instructions }) =>
      instructions.filter(({ text }) => text.includes('npm ')).map(({ text }) => [name, text] as const),
    );
    assert.equal(installs.length, 2);
    for (const [, text] of installs) assert.match(text, /npm ci .*--ignore-scripts/);
    const copied = lineage(stages, 'production').instructions.find(({ text }) => text.includes('--from='))?.text;
    const [, from] = /--from=(\S+)/.exec(copied ?? '') ?? [];
    assert.match(installs.find(([name]) => name === from)?.[1] ?? '', /--omit=dev/);
  });
});

describe('.dockerignore', () => {
  it('lets in what the services and jobs are made of, and the manifest of every workspace', async () => {
    const folders = ['gateway', 'subgraphs/products-command', 'subgraphs/products-query', 'workers/writer'];
    const all = [...folders, 'workers/projector', 'standalone', 'operations', 'drizzle'].flatMap((folder) =>
      sourceFolders(root, folder),
    );
    for (const file of await projectFiles(...new Set(all)))
      if (!/\.(test|tmp)\.ts$|\.md$|\/testing\/|\/\./.test(file)) assert.ok(!isIgnored(file, dockerignore), file);
    for (const file of await projectFiles('package.json', 'package-lock.json', '.npmrc', '*/package.json'))
      assert.ok(!isIgnored(file, dockerignore), file);
    assert.ok(!isIgnored('deploy/healthcheck.ts', dockerignore));
  });

  it('keeps out tests, tools, documents, secrets, what git has and what is installed here', async () => {
    const files = await projectFiles(
      '*.test.ts',
      '*.md',
      'docs',
      'e2e/src',
      'chaos/src',
      'bench/src',
      'checks',
      'deploy/*.test.ts',
    );
    const others = ['.env', '.git/config', '.data/events.db', 'node_modules/pg/package.json', 'compose.yml'];
    const nested = ['packages/service/node_modules/zod/index.js', 'gateway/.env', 'gateway/src/testing/start.ts'];
    for (const file of [...files, ...others, ...nested]) assert.ok(isIgnored(file, dockerignore), file);
  });

  it('is read as Docker reads it: the last line counts, a folder takes all below it', () => {
    const text = '# all\n*\n!src\n!*/package.json\n**/*.test.ts\nsrc/gen\n!src/gen/kept.ts\n';
    const kept = ['src/a.ts', 'src/b/c.ts', 'x/package.json', 'src/gen/kept.ts'];
    const ignored = [
      'a.ts',
      'x/a.ts',
      'x/y/package.json',
      'src/a.test.ts',
      'src/b/c.test.ts',
      'src/gen/a.ts',
      'srcs/a.ts',
    ];
    for (const file of kept) assert.equal(isIgnored(file, text), false, file);
    for (const file of ignored) assert.equal(isIgnored(file, text), true, file);
  });
});

describe('the reader of Dockerfiles', () => {
  it('knows stages, joined lines, comments and both forms', () => {
    const parsed = parseDockerfile('# hi\nFROM a:1 AS b\nRUN x \\\n  && y\nFROM b\nCMD ["p", "q"]\n');
    assert.deepEqual(parsed, [
      { name: 'b', from: 'a:1', instructions: [{ name: 'RUN', text: 'x    && y', args: ['x    && y'] }] },
      { name: '1', from: 'b', instructions: [{ name: 'CMD', text: '["p", "q"]', args: ['p', 'q'] }] },
    ]);
    assert.deepEqual(
      lineage(parsed, '1').instructions.map(({ name }) => name),
      ['RUN', 'CMD'],
    );
    assert.equal(lineage(parsed, '1').image, 'a:1');
    assert.throws(() => parseDockerfile('FROM a:1\nrun x\n'), /not an instruction/);
  });
});
