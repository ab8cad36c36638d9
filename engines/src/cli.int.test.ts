import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { type AnyEngineName, type EngineName, type EngineStatus, engineNames, freePort } from './index.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('npm run engines', { timeout: 120_000 }, () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-engines-test-'));
    env = {
      ...process.env,
      ENGINES_DIR: folder,
      ENGINES_DOCKER: 'never',
      ENGINES_KAFKA_PORT: String(await freePort(2)),
      ENGINES_POSTGRES_PORT: String(await freePort()),
      ENGINES_MONGO_PORT: String(await freePort()),
      ENGINES_REDIS_PORT: String(await freePort()),
      ENGINES_NODE_EXPORTER_PORT: String(await freePort()),
    };
  });

  after(async () => {
    await engines('down', '--delete-data');
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the command as a user does, in a process that has ended when this resolves. */
  async function engines(...args: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
    try {
      return { ...(await run(process.execPath, [main, ...args], { env })), exitCode: 0 };
    } catch (error) {
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
      return { stdout, stderr, exitCode: code };
    }
  }

  async function statusOf(...args: string[]): Promise<Record<AnyEngineName, EngineStatus>> {
    const { stdout, stderr } = await engines(...args, '--json');
    assert.match(stdout, /^\[/, stderr);
    const found = JSON.parse(stdout) as EngineStatus[];
    return Object.fromEntries(found.map((status) => [status.name, status])) as Record<AnyEngineName, EngineStatus>;
  }

  it('starts the engines, once, whoever asks at the same time', async () => {
    const [first, second] = await Promise.all([
      statusOf('up', 'kafka', 'postgres'),
      statusOf('up', 'kafka', 'postgres'),
    ]);
    assert.deepEqual(first, second);
    const again = await statusOf('up', 'kafka', 'postgres');
    assert.deepEqual(again, first);
    for (const { state, pid, logFile } of Object.values(first)) {
      assert.equal(state, 'running');
      assert.ok(process.kill(pid as number, 0));
      assert.ok(logFile?.startsWith(folder));
    }
  });

  it('keeps the data of Kafka and PostgreSQL over down and up', async () => {
    const { kafka, postgres } = await statusOf('up', 'kafka', 'postgres');
    const topics = () =>
      withKafka(kafka.address, async (admin) => (await admin.listTopics()).filter((topic) => topic === 'kept'));
    const rows = () => query(postgres.address, 'select text from kept');
    await withKafka(kafka.address, (admin) =>
      admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }], waitForLeaders: true }),
    );
    await query(postgres.address, 'create table kept (text text)');
    await query(postgres.address, "insert into kept values ('still here')");

    const down = await engines('down', 'kafka', 'postgres', '--json');
    assert.deepEqual(JSON.parse(down.stdout), { stopped: ['kafka', 'postgres'] });
    await assert.rejects(rows());
    const stopped = await statusOf('status', 'kafka', 'postgres');
    assert.deepEqual([stopped.kafka.state, stopped.postgres.state], ['stopped', 'stopped']);

    const back = await statusOf('up', 'kafka', 'postgres');
    assert.notEqual(back.kafka.pid, kafka.pid);
    assert.deepEqual(await topics(), ['kept']);
    assert.deepEqual(await rows(), [{ text: 'still here' }]);
  });

  it('tells the truth about an engine that was killed, was frozen or never started', async () => {
    const { redis } = await statusOf('up', 'redis');
    process.kill(redis.pid as number, 'SIGSTOP');
    assert.equal((await statusOf('status', 'redis')).redis.state, 'unresponsive');
    process.kill(redis.pid as number, 'SIGCONT');
    assert.equal((await statusOf('status', 'redis')).redis.state, 'running');
    process.kill(redis.pid as number, 'SIGKILL');
    const { exitCode, stdout } = await engines('status', 'redis', 'mongo');
    assert.match(stdout, /^redis +stopped\nmongo +stopped\n$/);
    assert.equal(exitCode, 1);
    assert.equal((await statusOf('up', 'redis')).redis.state, 'running');
    assert.equal((await engines('status', 'redis')).exitCode, 0);
  });

  it('stops a frozen engine', async () => {
    const { redis } = await statusOf('up', 'redis');
    process.kill(redis.pid as number, 'SIGSTOP');
    const started = Date.now();
    assert.match((await engines('down', 'redis')).stdout, /^stopped: redis$/m);
    assert.ok(Date.now() - started < 10_000);
    assert.match((await engines('down', 'redis')).stdout, /^nothing was running$/m);
  });

  it('does not take a server of the same kind for its own', async () => {
    const port = env.ENGINES_REDIS_PORT as string;
    const foreign = spawn('redis-server', ['--bind', '127.0.0.1', '--port', port, '--save', ''], { stdio: 'ignore' });
    try {
      await untilForeign('redis');
      const { stderr, exitCode } = await engines('up', 'redis');
      assert.equal(exitCode, 1);
      assert.match(stderr, new RegExp(`port ${port} is taken by a program that was not started here`));
      assert.match(stderr, new RegExp(`a server of the same kind, which calls itself ${foreign.pid}`));
      assert.match(stderr, /choose another port with ENGINES_REDIS_PORT/);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.match((await engines('down', 'redis')).stdout, /^nothing was running$/m);
      assert.equal(foreign.exitCode, null);
    } finally {
      foreign.kill();
      await once(foreign, 'exit');
    }
  });

  it('believes no process id by itself', async () => {
    const { redis } = await statusOf('up', 'redis');
    const file = join(folder, 'redis', 'process.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...record, startedAt: 'at another time' }));
    assert.equal((await statusOf('status', 'redis')).redis.state, 'foreign');
    assert.match((await engines('down', 'redis')).stdout, /^nothing was running$/m);
    await writeFile(file, JSON.stringify({ ...record, identity: 'another server' }));
    assert.equal((await statusOf('status', 'redis')).redis.state, 'unresponsive');
    await writeFile(file, JSON.stringify(record));
    assert.equal((await statusOf('status', 'redis')).redis.pid, redis.pid);
    assert.match((await engines('down', 'redis')).stdout, /^stopped: redis$/m);
  });

  it('does not take any other program for its own', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await once(server.listen(Number(env.ENGINES_MONGO_PORT), '127.0.0.1'), 'listening');
    try {
      assert.equal((await statusOf('status', 'mongo')).mongo.state, 'foreign');
      const { stderr, exitCode } = await engines('up', 'mongo');
      assert.equal(exitCode, 1);
      assert.match(stderr, /port \d+ is taken by a program that was not started here\. Stop that program/);
    } finally {
      server.close();
    }
  });

  it('shows the end of the log when an engine does not start, and recovers from it', async () => {
    const { postgres } = await statusOf('up', 'postgres');
    const properties = join(postgres.dataFolder as string, 'postgresql.conf');
    await engines('down', 'postgres');
    const good = await readFile(properties, 'utf8');
    await writeFile(properties, `${good}\nno_such_setting = 1\n`);
    const { stderr, exitCode } = await engines('up', 'postgres');
    assert.equal(exitCode, 1);
    assert.match(stderr, /PostgreSQL 18 did not start: it ended\. The end of .*postgres\.log:\n.*no_such_setting/s);
    await writeFile(properties, good);
    assert.equal((await statusOf('up', 'postgres')).postgres.state, 'running');
  });

  it('starts what watches by name only, shows it while it runs, and stops it with the rest', async () => {
    const before = await statusOf('status');
    assert.deepEqual(Object.keys(before), engineNames);
    const started = await statusOf('up', 'node-exporter');
    assert.deepEqual(Object.keys(started), ['node-exporter']);
    assert.equal(started['node-exporter'].state, 'running');
    assert.deepEqual(Object.keys(await statusOf('status')), [...engineNames, 'node-exporter']);
    assert.match((await engines('down')).stdout, /^stopped: (?:\w+, )*node-exporter$/m);
    assert.deepEqual(Object.keys(await statusOf('status')), engineNames);
  });

  it('refuses what it does not know, in one message', async () => {
    for (const [args, message] of [
      [['up', 'oracle'], /^engines: unknown engine: oracle$/m],
      [['restart'], /^engines: unknown command: restart$/m],
      [['up', '--fast'], /^engines: Unknown option '--fast'/m],
    ] as const) {
      const { stderr, exitCode } = await engines(...args);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.equal(exitCode, 1);
    }
    const { stdout, exitCode } = await engines('--help');
    assert.match(stdout, /up\|down\|status/);
    assert.equal(exitCode, 0);
  });

  async function untilForeign(name: EngineName): Promise<void> {
    const deadline = Date.now() + 10_000;
    while ((await statusOf('status', name))[name].state !== 'foreign') assert.ok(Date.now() < deadline);
  }
});

async function withKafka<T>(broker: string, work: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
