import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort, readEnginesConfig } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { type ComposeModel, composeLoader, loadCompose, root } from './compose-model.ts';
import { type Builder, type Built, buildWithoutDocker } from './image.ts';

/** `nobody` on every Linux; who is not root already is himself. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
const SECRETS = { CURSOR_KEYS: `first:${'k'.repeat(64)}`, ADMIN_TOKEN: 'a-token-of-the-test' };

let folder: string;
let builder: Builder;
let model: ComposeModel;
const built: Record<string, Built> = {};
const running: ChildProcess[] = [];

function imageOf(target: string): Built {
  const found = built[target];
  assert.ok(found);
  return found;
}

/** Starts what a container would: the entry point with a command, in the image's folder, with this environment only. */
function start(
  target: string,
  command: readonly string[],
  env: Record<string, string>,
): ChildProcess & { said: string } {
  const { app, entrypoint, env: ownEnv } = imageOf(target);
  const [program = '', ...flags] = entrypoint;
  const child = Object.assign(
    spawn(program, [...flags, ...command], {
      cwd: app,
      env: { PATH: builder.env.PATH, HOME: '/nowhere', TMPDIR: join(folder, 'tmp'), ...ownEnv, ...env },
      ...user,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
    { said: '' },
  );
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      child.said += chunk;
    });
  running.push(child);
  return child;
}

async function endOf(child: ChildProcess & { said: string }): Promise<{ code: number | null; said: string }> {
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: child.said };
}

function environmentOf(name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(model.services[name]?.environment ?? {}).map(([key, value]) => [key, value ?? '']),
  );
}

function commandOf(name: string): string[] {
  return model.services[name]?.command ?? [];
}

/** Every file with its size and time. */
async function contentsOf(app: string): Promise<string[]> {
  const files = globSync('**', { cwd: app }).sort();
  return Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(join(app, file)).catch(() => ({ size: 0, mtimeMs: 0 }));
      return `${file} ${size} ${mtimeMs}`;
    }),
  );
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-image-'));
  await chmod(folder, 0o755);
  const context = join(folder, 'context');
  const cloned = spawnSync('git', ['clone', '--quiet', root, context], { encoding: 'utf8' });
  assert.equal(cloned.status, 0, cloned.stderr);
  // Where nobody can reach the checkout, nor a Node in it.
  await mkdir(join(folder, 'bin'));
  await copyFile(process.execPath, join(folder, 'bin', 'node'));
  await chmod(join(folder, 'bin', 'node'), 0o755);
  for (const name of ['work', 'home', 'tmp', 'data']) {
    await mkdir(join(folder, name));
    if (user) await chown(join(folder, name), user.uid, user.gid);
  }
  builder = {
    user,
    // How the registry is reached from here is not for the test to know.
    env: {
      ...process.env,
      PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
      HOME: join(folder, 'home'),
      npm_config_cache: join(folder, 'home', 'npm'),
      npm_config_update_notifier: 'false',
    },
  };
  for (const target of ['production', 'development']) {
    const work = join(folder, 'work', target);
    await mkdir(work);
    if (user) await chown(work, user.uid, user.gid);
    const image = await buildWithoutDocker(target, { context, work, builder });
    spawnSync('chmod', ['-R', 'a-w', image.app]);
    built[target] = image;
  }
  const loader = await composeLoader(readEnginesConfig(process.env).cacheFolder);
  const env = { ...SECRETS, COMPOSE_PROFILES: 'all', COMPOSE_DISABLE_ENV_FILE: '1' };
  const loaded = await loadCompose(loader, join(context, 'compose.yml'), env);
  assert.ok('model' in loaded);
  model = loaded.model;
});

after(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  spawnSync('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true, force: true });
});

describe('the image, made by the steps of the Dockerfile in a fresh clone', () => {
  it('has the services and their packages, and no tools, tests or documents', () => {
    const { app } = imageOf('production');
    const files = globSync('**', { cwd: app, exclude: ['**/node_modules'] });
    assert.deepEqual(
      files.filter((file) => /\.test\.ts$|\.md$|(^|\/)testing$|^(docs|e2e\/src|checks|dev\/node_modules)/.test(file)),
      [],
    );
    assert.deepEqual(
      globSync('node_modules/{typescript,@biomejs,drizzle-kit,playwright-core,autocannon}', { cwd: app }),
      [],
    );
    assert.ok(files.includes('gateway/src/main.ts') && files.includes('deploy/healthcheck.ts'));
  });

  for (const name of ['writer', 'projector', 'products-command', 'products-query', 'gateway'])
    it(`${name} finds all that it imports, and takes every variable that compose.yml gives it`, async () => {
      const env = { ...environmentOf(name), LOG_LEVEL: 'loud' };
      const { code, said } = await endOf(start('production', commandOf(name), env));
      assert.equal(code, 1, said);
      assert.match(said, new RegExp(`^${name}: the configuration has a problem:\n  LOG_LEVEL=loud: is none of .*\n$`));
    });

  it('the jobs find all that they import', async () => {
    const migrate = await endOf(start('production', commandOf('migrate'), { DATABASE_URL: 'elsewhere' }));
    assert.match(migrate.said, /^migrate: the configuration has a problem:\n {2}DATABASE_URL: does not begin/);
    const topics = await endOf(start('production', commandOf('topics'), { KAFKA_BROKERS: 'kafka' }));
    assert.match(topics.said, /KAFKA_BROKERS=kafka: is not a list of host:port/);
    const unreachable = await endOf(start('production', commandOf('topics'), { KAFKA_BROKERS: '127.0.0.1:1' }));
    assert.match(unreachable.said, /Kafka does not answer at 127\.0\.0\.1:1 .*UNREACHABLE/);
  });

  it('development finds what its runner imports', async () => {
    const { code, said } = await endOf(start('development', ['dev/src/main.ts', '--help'], {}));
    assert.deepEqual([code, said.slice(0, 11)], [0, 'npm run dev']);
  });

  it('a service starts, is asked for its health as compose.yml does, and ends within its grace', async () => {
    const [port, adminPort] = [String(await freePort()), String(await freePort())];
    const env = { ...environmentOf('products-query'), HOST: '127.0.0.1', PORT: port, ADMIN_PORT: adminPort };
    // None of the containers is here; that it lives is what is shown.
    const child = start('production', commandOf('products-query'), {
      ...env,
      READER_ADDRESS: '127.0.0.1:1',
      TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces',
    });
    const [, , script = ''] = model.services['products-query']?.healthcheck?.test ?? [];
    await until(
      'it answers',
      async () => {
        const { code, said } = await endOf(start('production', [script, adminPort], {}));
        assert.equal(code, 1, said);
        return said.startsWith('503');
      },
      60_000,
    );
    child.kill('SIGTERM');
    assert.equal((await endOf(child)).code, 0, child.said);
  });

  it('everything runs from it as somebody who may write nothing there, and nothing is written there', async () => {
    const { app } = imageOf('production');
    const before = await contentsOf(app);
    const [port, adminPort] = [String(await freePort()), String(await freePort())];
    const env = { PORT: port, ADMIN_PORT: adminPort, DATA: join(folder, 'data', 'stores') };
    const child = start('production', ['standalone/src/main.ts'], env);
    await until(
      'all is ready',
      async () => (await endOf(start('production', ['deploy/healthcheck.ts', adminPort], {}))).code === 0,
      120_000,
    );
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { createProduct(input: { name: "Tea kettle", description: "Boils.", price: 19.99 }) {
          command { state } product { version name } } }`,
      }),
    });
    assert.deepEqual(await answer.json(), {
      data: { createProduct: { command: { state: 'COMMITTED' }, product: { version: 1, name: 'Tea kettle' } } },
    });
    child.kill('SIGTERM');
    assert.equal((await endOf(child)).code, 0, child.said);
    assert.deepEqual(await contentsOf(app), before);
    assert.deepEqual(globSync('*', { cwd: join(folder, 'tmp') }), []);
  });
});
