import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { ExchangeError } from './exchange.ts';
import { createReplicas, type ReplicasOptions } from './replicas.ts';

async function listen(t: TestContext, listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, server };
}

function replicasOf(t: TestContext, urls: readonly string[], options: Partial<ReplicasOptions> = {}) {
  const replicas = createReplicas({ urls, connections: 4, deadlineMs: 2_000, maxResponseBytes: 1_000, ...options });
  t.after(() => replicas.close());
  const failures: string[] = [];
  const post = (repeatable = true) =>
    replicas.post(
      '{}',
      {},
      {
        repeatable,
        read: ({ status, body }) => (status === 200 ? body.toString() : null),
        onFailure: (_, error) => failures.push(error.code),
      },
    );
  return { post, failures, replicas };
}

/** Answers with its name, and counts. */
function named(name: string) {
  const answers: RequestListener & { count: number } = Object.assign(
    (_request: unknown, response: Parameters<RequestListener>[1]) => {
      answers.count += 1;
      response.end(name);
    },
    { count: 0 },
  );
  return answers;
}

async function unusedUrl(t: TestContext): Promise<string> {
  const { url, server } = await listen(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  return url;
}

test('replicas take turns', async (t) => {
  const [a, b] = [await listen(t, named('a')), await listen(t, named('b'))];
  const { post } = replicasOf(t, [a.url, b.url]);
  const answers = [await post(), await post(), await post(), await post()];
  assert.deepEqual(answers.toSorted(), ['a', 'a', 'b', 'b']);
});

test('a replica that is away is passed over, also for changes, and left alone for a while', async (t) => {
  const alive = await listen(t, named('alive'));
  const { post, failures } = replicasOf(t, [await unusedUrl(t), alive.url]);
  for (let n = 0; n < 6; n += 1) assert.equal(await post(false), 'alive');
  assert.deepEqual(failures, ['CONNECTION']);
});

test('a replica that is stopping took nothing on, so a change goes on to the next', async (t) => {
  const alive = await listen(t, named('alive'));
  const stopping = await listen(t, (_, response) => void response.writeHead(503).end('{"statusCode": 503}'));
  const { post } = replicasOf(t, [stopping.url, alive.url]);
  for (let n = 0; n < 4; n += 1) assert.equal(await post(false), 'alive');
});

test('what may have arrived is sent again only when it may be', async (t) => {
  const counting = named('alive');
  const alive = await listen(t, counting);
  const broken = await listen(t, (request) => void request.socket.destroy());
  const reading = replicasOf(t, [broken.url, alive.url]);
  for (let n = 0; n < 2; n += 1) assert.equal(await reading.post(true), 'alive');
  assert.deepEqual(reading.failures, ['CONNECTION']);

  counting.count = 0;
  const writing = replicasOf(t, [alive.url, broken.url]);
  const outcomes = await Promise.allSettled([writing.post(false), writing.post(false)]);
  assert.equal(counting.count, 1);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  assert.ok(refused?.reason instanceof ExchangeError && refused.reason.sent);
});

test('the only replica gets a second chance when a kept-alive connection breaks under a repeatable request', async (t) => {
  let requests = 0;
  const flaky = await listen(t, (request, response) => {
    requests += 1;
    if (requests % 2 === 1) request.socket.destroy();
    else response.end('alive');
  });
  const { post } = replicasOf(t, [flaky.url]);
  assert.equal(await post(true), 'alive');
  await assert.rejects(post(false), { code: 'CONNECTION', sent: true });
  assert.equal(requests, 3);
});

test('a replica that hangs gets no more than its share', async (t) => {
  let hanging = 0;
  const hung = await listen(t, () => {
    hanging += 1;
  });
  const alive = await listen(t, named('alive'));
  const { post } = replicasOf(t, [hung.url, alive.url], { deadlineMs: 500 });
  const first = [post(), post()];
  for (let n = 0; n < 20; n += 1) assert.equal(await post(), 'alive');
  assert.equal(hanging, 1);
  await Promise.allSettled(first);
});

test('an exchange ends at its deadline, wherever it is', async (t) => {
  const silent = await listen(t, () => {});
  const trickling = await listen(t, (_, response) => void response.write('{'));
  for (const { url } of [silent, trickling]) {
    const { post } = replicasOf(t, [url], { deadlineMs: 60, connections: 1 });
    const started = Date.now();
    const outcomes = await Promise.allSettled([post(), post(), post()]);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof ExchangeError);
      assert.equal(outcome.reason.code, 'DEADLINE');
    }
    assert.ok(Date.now() - started < 1_000);
  }
});

test('an answer that is too long is cut off', async (t) => {
  const long = await listen(t, (_, response) => void response.end('x'.repeat(2_000)));
  const { post } = replicasOf(t, [long.url]);
  await assert.rejects(post(), { code: 'TOO_LARGE' });
});

test('requests beyond what can wait are refused at once', async (t) => {
  const held: (() => void)[] = [];
  const slow = await listen(t, (_, response) => held.push(() => response.end('late')) > 0);
  const { post } = replicasOf(t, [slow.url], { connections: 1 });
  const waiting = Array.from({ length: 16 }, () => post());
  await assert.rejects(post(), { code: 'CONNECTION', sent: false });
  const release = setInterval(() => held.shift()?.(), 1);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['late']));
  clearInterval(release);
});

test('replicas that are retired keep no connection, and answer what still comes', async (t) => {
  const held: (() => void)[] = [];
  const { url, server } = await listen(t, (_, response) => held.push(() => response.end('alive')) > 0);
  // Otherwise the server would close them.
  server.keepAliveTimeout = 60_000;
  const { post, replicas } = replicasOf(t, [url]);
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  const closed = () => until('every connection is closed', async () => (await connections()) === 0);
  const answered = async (answer: Promise<string>) => {
    await until('it has arrived', () => held.length > 0);
    held.shift()!();
    assert.equal(await answer, 'alive');
  };

  await answered(post());
  assert.equal(await connections(), 1);
  replicas.retire();
  await closed();
  const late = post(false);
  await until('it has arrived', () => held.length > 0);
  replicas.retire();
  await answered(late);
  await closed();
});
