import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { type ProcessEvent, type SuperviseOptions, supervise } from './supervisor.ts';

const HOUR_MS = 3_600_000;

/** Supervises a program that is given as text, and keeps what is heard of it. */
function given(t: TestContext, program: string, options: Partial<SuperviseOptions> = {}) {
  const events: ProcessEvent[] = [];
  const heard: string[] = [];
  const supervised = supervise({
    command: [process.execPath, '-e', program],
    cwd: import.meta.dirname,
    env: process.env,
    backOff: { firstMs: HOUR_MS, longestMs: HOUR_MS, ranWellAfterMs: HOUR_MS },
    endTimeoutMs: HOUR_MS,
    onLine: (line) => heard.push(line),
    ...options,
    onEvent(event) {
      events.push(event);
      heard.push(event.kind);
      options.onEvent?.(event);
    },
  });
  t.after(() => supervised.kill());
  const pids = () => events.flatMap((event) => (event.kind === 'started' ? [event.pid] : []));
  const pauses = () => events.flatMap((event) => (event.kind === 'crashed' ? [event.retryInMs] : []));
  const hears = (line: string, times = 1) =>
    until(`"${line}" is heard ${times} times`, () => heard.filter((one) => one === line).length >= times);
  return { ...supervised, events, heard, pids, pauses, hears };
}

/** Says that it is there, and ends when it is asked to. */
const SERVICE = `
  process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
  setInterval(() => {}, 1e6);
  console.log('here');
`;

test('a process that ends by itself starts again, after pauses that grow', async (t) => {
  const backOff = { firstMs: 1, longestMs: 4, ranWellAfterMs: HOUR_MS };
  const { hears, pauses, events } = given(t, 'process.exit(3)', { backOff });
  await hears('crashed', 5);
  assert.deepEqual(pauses().slice(0, 5), [1, 2, 4, 4, 4]);
  assert.deepEqual(events[1], { kind: 'crashed', how: 'exit code 3', retryInMs: 1 });
});

test('the pauses are short again after a process ran well', async (t) => {
  let nowMs = 0;
  let starts = 0;
  const { hears, pauses } = given(t, 'process.exit(1)', {
    backOff: { firstMs: 1, longestMs: 100, ranWellAfterMs: 10_000 },
    nowMs: () => nowMs,
    onEvent({ kind }) {
      if (kind === 'started') nowMs += ++starts === 3 ? 10_000 : 9_999;
    },
  });
  await hears('crashed', 4);
  assert.deepEqual(pauses().slice(0, 4), [1, 2, 1, 2]);
});

test('all that a process printed is told before its end', async (t) => {
  const { hears, heard } = given(t, 'process.stderr.write("one\\ntwo"); process.exitCode = 1');
  await hears('crashed');
  assert.deepEqual(heard, ['started', 'one', 'two', 'crashed']);
});

test('a restart ends the process in its own way and does not wait', async (t) => {
  const { restart, hears, heard, pids } = given(t, SERVICE);
  await hears('here');
  restart();
  restart();
  await hears('here', 2);
  assert.deepEqual(heard, ['started', 'here', 'bye', 'ended', 'started', 'here']);
  assert.equal(new Set(pids()).size, 2);
});

test('a restart cuts a pause short', async (t) => {
  const { restart, hears, events } = given(t, 'process.exit(1)');
  await hears('crashed');
  restart();
  await hears('crashed', 2);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['started', 'crashed', 'started', 'crashed'],
  );
});

test('a process that is killed starts again', async (t) => {
  const { hears, events, pids } = given(t, SERVICE, {
    backOff: { firstMs: 1, longestMs: 1, ranWellAfterMs: HOUR_MS },
  });
  await hears('here');
  process.kill(pids()[0]!, 'SIGKILL');
  await hears('here', 2);
  assert.deepEqual(events[1], { kind: 'crashed', how: 'killed by SIGKILL', retryInMs: 1 });
});

test('a stop ends the process, or the pause, for good', async (t) => {
  const running = given(t, SERVICE);
  await running.hears('here');
  await Promise.all([running.stop(), running.stop()]);
  assert.deepEqual(running.heard, ['started', 'here', 'bye', 'ended']);
  running.restart();
  assert.equal(isAlive(running.pids()[0]!), false);

  const pausing = given(t, 'process.exit(1)');
  await pausing.hears('crashed');
  await pausing.stop();
  assert.equal(pausing.pids().length, 1);
});

test('a process that does not end is killed, with what it has started', async (t) => {
  const stubborn = `
    process.on('SIGTERM', () => {});
    require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' });
    setInterval(() => {}, 1e6);
    console.log('here');
  `;
  const { hears, restart, stop, pids } = given(t, stubborn, { endTimeoutMs: 1 });
  await hears('here');
  restart();
  await hears('here', 2);
  await stop();
  assert.deepEqual(pids().map(isAlive), [false, false]);
});

test('a program that is not there is an end like another', async (t) => {
  const { hears, events } = given(t, '', { command: ['/no/such/program'] });
  await hears('crashed');
  assert.match((events[0] as { how: string }).how, /could not be started: .*ENOENT/);
});

test('no process outlives a supervisor that was killed', async (t) => {
  const supervisor = new URL('./supervisor.ts', import.meta.url).href;
  const tether = new URL('./tether.ts', import.meta.url).href;
  const program = `
    import { supervise } from ${JSON.stringify(supervisor)};
    supervise({
      command: [process.execPath, '--import', ${JSON.stringify(tether)}, '-e', ${JSON.stringify(SERVICE)}],
      cwd: '.', env: process.env, backOff: {}, endTimeoutMs: 1000,
      onLine: () => console.log('here'),
      onEvent: ({ pid }) => pid && console.log(pid),
    });
  `;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e'];
  const parent = spawn(process.execPath, [...flags, program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => parent.kill('SIGKILL'));
  let printed = '';
  parent.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await until('the service is there', () => printed.includes('here'));
  const pid = Number.parseInt(printed, 10);
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until('it has ended', () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
