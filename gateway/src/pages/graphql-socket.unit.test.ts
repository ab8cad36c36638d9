import assert from 'node:assert/strict';
import { test } from 'node:test';

const { createGraphqlSocket } = await import(new URL('./static/graphql-socket.js', import.meta.url).href);

type Message = Readonly<Record<string, unknown>>;
interface Status {
  readonly name: string;
  readonly inMs?: number;
  readonly code?: number;
}

/** A gateway that a test plays, for a socket whose clock stands still until the test moves it. */
function play() {
  const connections: ReturnType<typeof createConnection>[] = [];
  const statuses: Status[] = [];
  const told: unknown[] = [];
  let timers: { task(): void; ms: number }[] = [];
  const socket = createGraphqlSocket({
    connect() {
      const connection = createConnection();
      connections.push(connection);
      return connection.socket;
    },
    onStatus: (status: Status) => statuses.push(status),
    later(task: () => void, ms: number) {
      const timer = { task, ms };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    random: () => 1,
  });
  const subscribe = (options: object = {}): (() => void) =>
    socket.subscribe({
      query: 'subscription { events }',
      variables: (after: string | null) => ({ after }),
      next: (payload: unknown) => told.push(payload),
      error: (errors: readonly { message: string }[]) => told.push(errors[0]?.message),
      complete: () => told.push('complete'),
      lost: () => told.push('lost'),
      ...options,
    });
  return {
    socket,
    statuses,
    told,
    subscribe,
    connections,
    now: () => connections.at(-1)!,
    /** Runs what waits for at most so long; answers how long each waited. */
    pass(ms: number): number[] {
      const due = timers.filter((timer) => timer.ms <= ms);
      timers = timers.filter((timer) => timer.ms > ms);
      for (const { task } of due) task();
      return due.map((timer) => timer.ms);
    },
  };
}

function createConnection() {
  const target = new EventTarget();
  const sent: Message[] = [];
  let closedWith: number | undefined;
  const socket = Object.assign(target, {
    send: (text: string) => void sent.push(JSON.parse(text)),
    close: (code: number) => {
      closedWith = code;
    },
  });
  const say = (message: Message) =>
    target.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  return {
    socket,
    sent,
    say,
    closedWith: () => closedWith,
    accept(cursor?: string) {
      target.dispatchEvent(new Event('open'));
      say({ type: 'connection_ack', ...(cursor && { payload: { cursor } }) });
    },
    /** Answers the operation that was subscribed last. */
    answer(type: string, payload?: unknown) {
      say({ id: sent.findLast((message) => message.type === 'subscribe')?.id, type, payload });
    },
    event: (value: number, cursor?: string) => ({ data: { value }, ...(cursor && { extensions: { cursor } }) }),
    end: (code: number, reason = '') => target.dispatchEvent(Object.assign(new Event('close'), { code, reason })),
    /** The variables of every operation that was started, in their order. */
    started: () =>
      sent.filter(({ type }) => type === 'subscribe').map((message) => (message.payload as Message).variables),
  };
}

const error = (code: string, cursor?: string) => [{ message: code, extensions: { code, cursor } }];

test('an operation goes on behind the last event it had', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe();
  socket.open();
  now().accept('ack-1');
  assert.deepEqual(now().sent[0], { type: 'connection_init' });
  now().answer('next', now().event(1, 'c1'));
  now().answer('next', now().event(2, 'c2'));
  now().end(1006);
  pass(500);
  now().accept('ack-2');
  assert.deepEqual(now().started(), [{ after: 'c2' }]);
  assert.equal(told.length, 2);
});

test('before its first event it goes on from what the acknowledgement said', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe();
  socket.open();
  now().accept('ack-1');
  assert.deepEqual(now().started(), [{ after: 'ack-1' }]);
  now().end(1006);
  pass(500);
  now().accept('ack-2');
  assert.deepEqual(now().started(), [{ after: 'ack-1' }]);
  assert.deepEqual(told, []);
});

test('where there was no cursor at all, what came before is said to be lost', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe();
  socket.open();
  now().accept();
  now().end(1006);
  pass(500);
  assert.deepEqual(told, []);
  now().accept('ack');
  assert.deepEqual(told, ['lost']);
});

test('several operations share the connection, each with answers of its own', () => {
  const { socket, subscribe, now, told } = play();
  subscribe();
  socket.open();
  now().accept('ack');
  const stop = subscribe({ next: (payload: unknown) => told.push({ second: payload }) });
  now().answer('next', now().event(1));
  assert.deepEqual(told, [{ second: { data: { value: 1 } } }]);
  stop();
  assert.deepEqual(now().sent.at(-1), { id: '2', type: 'complete' });
  now().answer('next', now().event(2));
  assert.equal(told.length, 1);
  now().say({ id: '1', type: 'next', payload: now().event(3) });
  assert.equal(told.length, 2);
});

test('a pause closes the connection, hears nothing more, and ends where it began', () => {
  const { socket, subscribe, now, told, statuses, connections, pass } = play();
  subscribe();
  socket.open();
  now().accept('ack');
  now().answer('next', now().event(1, 'c1'));
  socket.pause();
  assert.equal(now().closedWith(), 1000);
  now().answer('next', now().event(2, 'c2'));
  now().end(1000);
  assert.equal(told.length, 1);
  assert.deepEqual(pass(60_000), []);
  socket.open();
  now().accept('ack-2');
  assert.deepEqual(now().started(), [{ after: 'c1' }]);
  assert.equal(connections.length, 2);
  assert.deepEqual(
    statuses.map(({ name }) => name),
    ['connecting', 'live', 'paused', 'connecting', 'live'],
  );
});

test('a pause while it waits for the next attempt ends the waiting', () => {
  const { socket, now, connections, pass } = play();
  socket.open();
  now().end(1006);
  socket.pause();
  assert.deepEqual(pass(60_000), []);
  assert.equal(connections.length, 1);
});

test('attempts get rarer, up to a limit, until one succeeds', () => {
  const { socket, now, statuses, pass } = play();
  const waits = () => statuses.filter(({ name }) => name === 'waiting').map(({ inMs }) => inMs);
  socket.open();
  for (let attempt = 0; attempt < 7; attempt += 1) {
    now().end(1006);
    pass(15_000);
  }
  assert.deepEqual(waits(), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  now().accept();
  now().end(1006);
  assert.equal(waits().at(-1), 500);
});

test('a gateway that restarts is come back to within a second', () => {
  const { socket, now, statuses, pass } = play();
  socket.open();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    now().end(1006);
    pass(15_000);
  }
  now().end(1012, 'Going away');
  assert.deepEqual(statuses.at(-1), { name: 'waiting', inMs: 1_000, code: 1012, reason: 'Going away' });
});

test('what would be refused again is not tried again, except by hand', () => {
  for (const code of [4400, 4401, 4403, 4406]) {
    const { socket, now, statuses, pass, connections } = play();
    socket.open();
    now().accept();
    now().end(code, 'Forbidden');
    assert.deepEqual(statuses.at(-1), { name: 'stopped', code, reason: 'Forbidden' });
    assert.deepEqual(pass(60_000), []);
    socket.open();
    assert.equal(connections.length, 2);
  }
});

test('a ping is answered', () => {
  const { socket, now } = play();
  socket.open();
  now().accept();
  now().say({ type: 'ping' });
  assert.deepEqual(now().sent.at(-1), { type: 'pong' });
});

test('a silent connection is asked, and left when it stays silent', () => {
  const { socket, now, statuses, pass, connections } = play();
  socket.open();
  now().accept();
  pass(20_000);
  assert.deepEqual(now().sent.at(-1), { type: 'ping' });
  now().say({ type: 'pong' });
  pass(20_000);
  assert.deepEqual(now().sent.filter(({ type }) => type === 'ping').length, 2);
  pass(20_000);
  assert.equal(statuses.at(-1)?.name, 'waiting');
  pass(500);
  assert.equal(connections.length, 2);
});

test('a cursor that is no longer kept: the operation goes on from the acknowledgement, and says what is lost', () => {
  for (const code of ['CURSOR_EXPIRED', 'CURSOR_INVALID']) {
    const { socket, subscribe, now, pass, told } = play();
    subscribe();
    socket.open();
    now().accept('ack-1');
    now().answer('next', now().event(1, 'c1'));
    now().end(1006);
    pass(500);
    now().accept('ack-2');
    now().answer('error', error(code));
    assert.deepEqual(now().started(), [{ after: 'c1' }, { after: 'ack-2' }]);
    assert.deepEqual(told.slice(1), ['lost']);
  }
});

test('when even the acknowledgement is refused it goes on from now, and does not ask for ever', () => {
  const { socket, subscribe, now, told } = play();
  subscribe();
  socket.open();
  now().accept('ack');
  now().answer('error', error('CURSOR_INVALID'));
  now().answer('error', error('CURSOR_INVALID'));
  assert.deepEqual(now().started(), [{ after: 'ack' }, { after: null }]);
  assert.deepEqual(told, ['lost', 'CURSOR_INVALID']);
});

test('a client that was too slow goes on from the cursor it is told', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe();
  socket.open();
  now().accept('ack');
  now().answer('next', now().event(1, 'c1'));
  now().answer('error', error('SLOW_CONSUMER', 'c7'));
  assert.equal(now().started().length, 1);
  pass(500);
  assert.deepEqual(now().started(), [{ after: 'ack' }, { after: 'c7' }]);
  assert.equal(told.length, 1);
});

test('a standing operation outlives what ends others', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe({ isStanding: true });
  socket.open();
  now().accept('ack');
  now().answer('next', now().event(1, 'c1'));
  now().answer('error', error('UNAVAILABLE'));
  assert.deepEqual(pass(15_000), [500]);
  now().answer('complete');
  assert.deepEqual(pass(15_000), [1_000]);
  assert.deepEqual(now().started(), [{ after: 'ack' }, { after: 'c1' }, { after: 'c1' }]);
  assert.equal(told.length, 1);
});

test('any other operation ends with its error or when it completes, and is not started again', () => {
  const { socket, subscribe, now, pass, told } = play();
  subscribe();
  socket.open();
  now().accept('ack');
  now().answer('error', error('UNAVAILABLE'));
  subscribe();
  now().answer('complete');
  assert.deepEqual(told, ['UNAVAILABLE', 'complete']);
  now().end(1006);
  pass(500);
  now().accept('ack');
  assert.deepEqual(now().started(), []);
});
