import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { OperationError, operation } from '@tributary/service';
import { z } from 'zod';
import { givenProcess, givenStranger, opsIn } from './testing/given-process.ts';

const nothing = z.strictObject({});
const lag = (topic: string, records: number) => ({
  topic,
  lag: records,
  partitions: [{ partition: 0, position: '0', end: String(records), lag: records }],
});

const begun = Promise.withResolvers<void>();
const abandoned = Promise.withResolvers<void>();
let built = true;
const dropped: unknown[] = [];

const writer = [
  operation('outbox.status', nothing, async () => ({
    backlog: { records: 1_200, oldestAgeMs: 65_000 },
    commands: lag('products.commands.v1', 7),
  })),
  operation('commands.dead-letters.list', z.looseObject({}), async () => ({ deadLetters: [deadLetter('0-4')] })),
  operation('commands.dead-letters.drop', z.strictObject({ id: z.string(), by: z.string() }), async (input) => {
    if (input.id === '0-5') throw new OperationError('DEAD_LETTER_NOT_FOUND', 'there is none');
    dropped.push(input);
    return { ...deadLetter(input.id), state: 'dropped' };
  }),
  operation('topics.check', nothing, async () => ({
    agrees: false,
    topics: [
      { name: 't', partitions: 2, retentionMs: 1_000, records: 5, wanted: {}, problem: 'has 2 partitions, not 6' },
    ],
  })),
];
const projector = [
  operation('projection.status', nothing, async () => ({ built, events: lag('products.events.v1', 0) })),
  operation('events.dead-letters.list', z.looseObject({}), async () => ({ deadLetters: [] })),
  operation('read-model.status', nothing, async () => ({
    generations: [{ name: 'a1', state: 'serving', products: 2_000, tombstones: 3, outcomes: 4, lag: 0 }],
  })),
  operation('read-model.verify', nothing, async (_, { progress }) => {
    progress({ phase: 'comparing', products: 10 });
    return compared;
  }),
  operation(
    'read-model.rebuild',
    z.strictObject({ acceptDifferences: z.boolean() }),
    async (input, { signal, progress }) => {
      if (input.acceptDifferences) return compared;
      progress({ phase: 'exporting' });
      begun.resolve();
      await once(signal, 'abort');
      abandoned.resolve();
    },
  ),
];

const sides = (left: number, right: number) => ({
  left: { count: left, checksum: `of ${left}` },
  right: { count: right, checksum: `of ${right}` },
});
const compared = {
  ...{ generation: '2', previous: '1', agrees: false, differing: 1, examples: [{ id: 'p1' }] },
  exported: { products: 1_999, outcomes: 0, fillingMs: 1_500, perSecond: 1_333 },
  ...{ products: sides(2_000, 1_999), tombstones: sides(0, 0), outcomes: sides(3, 3) },
};

function deadLetter(id: string) {
  return {
    ...{ id, state: 'open', reason: 'it is garbage', code: 'UNREADABLE_COMMAND', stackDigest: 'd', key: 'k\u001b[2J' },
    ...{ valueBytes: 7, cutFromBytes: null, traceparent: null, repeats: 1, diedAt: new Date().toISOString() },
    origin: { topic: 'products.commands.v1', partition: 3, offset: '17', timestamp: null },
    resolution: null,
  };
}

const writing = await givenProcess(writer);
const projecting = await givenProcess(projector, {
  service: 'projector',
  checks: [{ name: 'redis', check: () => (built ? null : 'does not answer') }],
});
const stranger = await givenStranger();
after(() => Promise.all([writing.stop(), projecting.stop(), stranger.stop()]));
const both = `--admin ${writing.address},${projecting.address}`;

test('status shows the processes, lag, outbox, dead letters and the read model', async () => {
  const { exitCode, stdout, stderr } = await opsIn(`status ${both}`);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, new RegExp(`^writer +${writing.address} +0\\.1\\.0, Node 24\\S+ +ready$`, 'm'));
  assert.match(stdout, /^lag in partition 0 +7 +0$/m);
  assert.match(stdout, /^outbox +1,200 records, the oldest 1 min old$/m);
  assert.match(stdout, /^dead letters +1 commands, 0 events$/m);
  assert.match(stdout, /^a1 +serving +2,000 +3 +4 +0$/m);
});

test('status shows what can be had when a process is down or not ready, with exit code 1', async () => {
  const down = await opsIn(`status --admin ${stranger.address},${writing.address}`);
  assert.equal(down.exitCode, 1);
  assert.match(down.stdout, new RegExp(`^\\? +${stranger.address} +does not answer$`, 'm'));
  assert.match(down.stdout, /^outbox +1,200 records/m);
  assert.match(down.stdout, /^projection +not known: .*projection\.status.*\(NOT_OFFERED\)$/m);
  assert.equal((await opsIn(`status --admin ${writing.address}`)).exitCode, 1, 'nobody projects');
  built = false;
  const unready = await opsIn(`status ${both}`);
  built = true;
  assert.equal(unready.exitCode, 1);
  assert.match(unready.stdout, /^projector .* not ready: redis: does not answer$/m);
});

test('with --json there is one document, whole, also of an error', async () => {
  const { exitCode, stdout, stderr } = await opsIn(`status ${both} --json`, { screen: 40 });
  assert.deepEqual([exitCode, stderr], [0, '']);
  const status = JSON.parse(stdout) as { well: boolean; deadLetters: object; outbox: { commands: { lag: number } } };
  assert.deepEqual(
    [status.well, status.deadLetters, status.outbox.commands.lag],
    [true, { commands: 1, events: 0 }, 7],
  );

  const failed = await opsIn(`read-model rollback ${both} --json --yes`);
  assert.deepEqual([failed.exitCode, failed.stderr], [3, '']);
  assert.equal((JSON.parse(failed.stdout) as { error: { code: string } }).error.code, 'NOT_OFFERED');
});

test('nobody that answers: which addresses were tried and what to start, exit code 3', async () => {
  for (const command of ['status', 'dead-letters list']) {
    const { exitCode, stdout, stderr } = await opsIn(`${command} --admin ${stranger.address},127.0.0.1:1`);
    assert.deepEqual([exitCode, stdout], [3, '']);
    assert.match(stderr, new RegExp(`^ops: nothing answers at ${stranger.address}, 127.0.0.1:1: start .*UNREACHABLE`));
  }
});

test('a process that wants a token is told of, and taken with it', async () => {
  const guarded = await givenProcess(writer, { token: 's3cret' });
  const line = `dead-letters list --admin ${guarded.address},${projecting.address}`;
  const refused = await opsIn(line);
  assert.equal(refused.exitCode, 2);
  assert.match(refused.stderr, /TRIBUTARY_ADMIN_TOKEN.*\(FORBIDDEN\)/);
  assert.equal((await opsIn(`${line} --token s3cret`)).exitCode, 0);
  await guarded.stop();
});

test('dead letters are listed without what a terminal would obey, cut to its width, whole elsewhere', async () => {
  const whole = await opsIn(`dead-letters list ${both}`);
  assert.match(
    whole.stdout,
    /^commands-0-4 +open +\d+ m?s ago +UNREADABLE_COMMAND +products\.commands\.v1 3\/17 +k \[2J +it is garbage \(kept 2 times\)$/m,
  );
  const cut = await opsIn(`dead-letters list ${both}`, { screen: 80 });
  assert(cut.stdout.split('\n').every((row) => row.length <= 80));
  assert.match(cut.stdout, /…/);
});

test('what is dangerous asks, and does nothing unless the answer or --yes allows it', async () => {
  const line = `dead-letters drop commands-0-4 ${both}`;
  assert.equal((await opsIn(line)).exitCode, 2);
  const no = await opsIn(line, { screen: 80, answer: 'n\n' });
  assert.equal(no.exitCode, 1);
  assert.match(no.stderr, /Dead letter commands-0-4 will never be handled/);
  assert.deepEqual(dropped, []);
  const yes = await opsIn(line, { screen: 80, answer: 'y\n' });
  assert.deepEqual([yes.exitCode, dropped.length], [0, 1]);
  assert.match(JSON.stringify(dropped[0]), /"id":"0-4","by":".+@.+"/);
  assert.match(yes.stdout, /^commands-0-4 {2}dropped/m);
});

test('of several, one that is refused does not keep the others, and shows in the exit code', async () => {
  dropped.length = 0;
  const { exitCode, stdout } = await opsIn(`dead-letters drop commands-0-5 commands-0-6 ${both} --yes`);
  assert.deepEqual([exitCode, dropped.length], [1, 1]);
  assert.match(stdout, /^commands-0-5 {2}DEAD_LETTER_NOT_FOUND +there is none\ncommands-0-6 {2}dropped/m);
  assert.equal((await opsIn(`dead-letters drop --all ${both} --yes`)).stdout.match(/dropped/g)?.length, 1);
  for (const args of ['', 'commands-0-4 --all', '0-4'])
    assert.equal((await opsIn(`dead-letters drop ${args} ${both} --yes`.replaceAll('  ', ' '))).exitCode, 2);
});

test('what does not agree shows in the exit code', async () => {
  const verified = await opsIn(`read-model verify ${both}`);
  assert.equal(verified.exitCode, 1);
  assert.match(verified.stdout, /^ +generation 1 +generation 2 +checksum\nproducts +2,000 +1,999 +not the same\n/m);
  assert.match(verified.stdout, /^They differ in 1 items, such as\nexamples\.0\.id {2}p1$/m);
  const accepted = await opsIn(`read-model rebuild --accept-differences ${both} --yes`);
  assert.equal(accepted.exitCode, 0, 'it was told to');
  assert.match(accepted.stdout, /^Generation 2 serves now; 1 is kept/m);
  const topics = await opsIn(`topics check ${both}`);
  assert.equal(topics.exitCode, 1);
  assert.match(topics.stdout, /^t +2 +1 s +5 +has 2 partitions, not 6$/m);
});

test('progress goes to a terminal, not into the document', async () => {
  const { stderr } = await opsIn(`read-model verify ${both}`, { screen: 80 });
  assert.match(stderr, /read-model\.verify: comparing, 10 products/);
  assert.equal((await opsIn(`read-model verify ${both} --json`, { screen: 80 })).stderr, '');
});

test('Ctrl-C ends the operation in the process, with exit code 130', async () => {
  const interrupted = new AbortController();
  const running = opsIn(`read-model rebuild ${both} --yes`, { signal: interrupted.signal });
  await begun.promise;
  interrupted.abort();
  const { exitCode, stderr } = await running;
  assert.equal(exitCode, 130);
  assert.match(stderr, /interrupted/);
  await abandoned.promise;
});
