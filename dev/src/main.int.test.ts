import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  createTestDatabase,
  engineAddresses,
  engineStatus,
  freePort,
  observerNames,
  readEnginesConfig,
  stopEngines,
  type TestDatabase,
  uniqueName,
} from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { takenPort } from './ports.ts';
import { portVariables, services } from './services.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const chosen = services.filter(({ name }) => name === 'writer' || name === 'projector');

/** Kafka is the stack's own: the topics and groups have fixed names, so on a shared one others would get its commands. */
describe('npm run dev', { timeout: 120_000 }, () => {
  let env: NodeJS.ProcessEnv;
  let folder: string;
  let database: TestDatabase;
  let args: string[];
  const started: ChildProcess[] = [];

  before(async () => {
    const { mongoUrl, redisUrl } = await engineAddresses(['mongo', 'redis']);
    folder = await mkdtemp(join(tmpdir(), 'tributary-dev-test-'));
    database = await createTestDatabase();
    const name = uniqueName('dev');
    const { KAFKA_BROKERS: _, ...rest } = process.env;
    env = {
      ...rest,
      CI: 'true', // no terminal, so no colours there either
      ENGINES_DIR: folder,
      ENGINES_DOCKER: 'never',
      ENGINES_KAFKA_PORT: String(await freePort(2)),
      ENGINES_JAEGER_PORT: String(await freePort(7)),
      ENGINES_PROMETHEUS_PORT: String(await freePort()),
      ENGINES_NODE_EXPORTER_PORT: String(await freePort()),
      ENGINES_REDIS_EXPORTER_PORT: String(await freePort()),
      DATABASE_URL: database.url,
      MONGODB_URL: mongoUrl,
      MONGODB_DATABASE: name,
      REDIS_URL: redisUrl,
      REDIS_KEY_PREFIX: `${name}:`,
    };
    args = ['--only', 'projector,writer', '--port-offset', String(await freeOffset())];
  });

  after(async () => {
    for (const child of started) child.kill('SIGKILL');
    await stopEngines(['kafka', ...observerNames], readEnginesConfig(env), () => {}, { deleteData: true });
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the command as a script does, without a terminal. */
  function dev(...more: string[]) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...more, ...args], { env });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const exited = once(child, 'close').then(([code]) => code as number | null);
    return { child, exited, output: () => output };
  }

  test('starts what is missing, runs the chosen services, and stops them in order', async () => {
    const { child, exited, output } = dev();
    await until('all is ready', () => child.exitCode !== null || output().includes('all ready'), 60_000);
    assert.match(output(), /^[\d:.]+ engines +Kafka 4\.\d\.\d: up in /m);
    assert.match(output(), /^[\d:.]+ migrate +applied: 0000_write_model/m);
    assert.match(output(), /^[\d:.]+ topics +products\.events\.v1 +6 +7 days +0$/m);
    assert.match(output(), /^[\d:.]+ dev +starting writer, projector$/m);
    assert.match(output(), /^[\d:.]+ projector +INFO {2}the read model is built /m);
    for (const service of chosen) {
      const { ADMIN_PORT } = portVariables(service, Number(args.at(-1)));
      assert.equal((await fetch(`http://127.0.0.1:${ADMIN_PORT}/readyz`)).status, 200);
    }

    const second = dev();
    assert.equal(await second.exited, 1);
    assert.match(second.output(), /^dev: port \d+ of writer is in use: .*--port-offset\n$/);

    child.kill('SIGINT');
    assert.equal(await exited, 0, output());
    assert.match(output(), /dev +stopping\n.*projector +stopped\n.*writer +stopped\n.*the engines stay up: npm run/s);
    assert.doesNotMatch(output(), / (?:ERROR|FATAL) |ended \(/);
    assert.equal(await takenPort(chosen, Number(args.at(-1)), '127.0.0.1'), null);
    const [kafka] = await engineStatus(['kafka'], readEnginesConfig(env));
    assert.equal(kafka?.state, 'running');
  });

  test('has traces and metrics taken where that is asked for, and says where they are', async () => {
    env = { ...env, MONGODB_DATABASE: uniqueName('dev') }; // the read model is built anew, which makes spans
    const { child, exited, output } = dev('--observe');
    await until('all is ready', () => child.exitCode !== null || output().includes('all ready'), 60_000);
    const jaeger = /traces +(http:\S+:\d+)\//.exec(output())?.[1];
    const prometheus = /metrics +(http:\S+:\d+)\//.exec(output())?.[1];
    assert.ok(jaeger && prometheus, output());
    assert.match(await text(/of the host +(\S+)/.exec(output())?.[1]), /^node_cpu_seconds_total/m);
    assert.match(await text(/of Redis +(\S+)/.exec(output())?.[1]), /^redis_up 1$/m);

    type Sample = { metric: { job: string }; value: [number, string] };
    await until(
      'every job answers Prometheus',
      async () => {
        const { data } = JSON.parse(await text(`${prometheus}/api/v1/query?query=up`)) as {
          data: { result: Sample[] };
        };
        const jobs = data.result.filter(({ value }) => value[1] === '1').map(({ metric }) => metric.job);
        return jobs.sort().join() === 'node-exporter,projector,prometheus,redis-exporter,writer';
      },
      30_000,
    );
    assert.match(await text(`${prometheus}/api/v1/rules`), /monitoring\/prometheus\/rules\/\w+\.yml/);
    await until(
      'a service has sent spans',
      async () => {
        const { data } = JSON.parse(await text(`${jaeger}/api/services`)) as { data: string[] | null };
        return data?.includes('projector') || data?.includes('writer');
      },
      30_000,
    );

    child.kill('SIGINT');
    assert.equal(await exited, 0, output());
    const observers = await engineStatus(observerNames, readEnginesConfig(env));
    assert.ok(observers.every(({ state }) => state === 'running'));
  });

  test('tells in one line that an engine cannot start', async () => {
    const good = env;
    env = { ...good, ENGINES_KAFKA_PORT: 'none' };
    const { exited, output } = dev();
    assert.equal(await exited, 1);
    env = good;
    assert.match(output(), /^dev: ENGINES_KAFKA_PORT is "none": .*\n$/);
  });
});

async function text(url: string | undefined): Promise<string> {
  assert.ok(url);
  return (await fetch(url)).text();
}

/** Of which all ports are free, and below those that `freePort` gives to others. */
async function freeOffset(): Promise<number> {
  for (;;) {
    const offset = 6_000 + Math.floor(Math.random() * 4_000);
    if ((await takenPort(services, offset, '127.0.0.1')) === null) return offset;
  }
}
