import { setTimeout as delay } from 'node:timers/promises';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { Audience, CompleteNotice, ConnectArguments, LeaveArguments, LoadReport } from './load.ts';
import { findMark, type Mark, nowUs } from './mark.ts';
import { offer } from './offer.ts';
import { type LiveSocket, openLiveSocket } from './socket.ts';

// Many subscribers. They record what comes, and answer the protocol's pings; of a result, they parse nothing.
interface Subscriber {
  /** Null for one that does not count. */
  readonly index: number | null;
  readonly audience: Audience;
  readonly mustHold: Buffer | null;
  socket: LiveSocket | null;
  cursor: string | null;
  isAcknowledged: PromiseWithResolvers<void>;
}

/** More would wait in the server's queue for connections, and there a full queue costs a second. */
const CONNECTING_AT_ONCE = 200;
const CURSOR = Buffer.from('"cursor":"');
const ERRORS = Buffer.from('"errors":');
const QUOTE = 34;

let port = 0;
let subscribers: Subscriber[] = [];
let arrivals: Arrivals = createArrivals({ subscribers: 0, onComplete() {} });
let problems: string[] = [];
let refused = 0;
let keepsCursors = false;

function onMessage(subscriber: Subscriber, data: Buffer, start: number, end: number): void {
  const mark = findMark(data, start, end);
  if (mark && subscriber.index !== null) onEvent(subscriber, subscriber.index, mark, data, start, end);
  else onOther(subscriber, JSON.parse(data.toString('utf8', start, end)));
}

function onEvent(subscriber: Subscriber, index: number, mark: Mark, data: Buffer, start: number, end: number): void {
  const { mustHold } = subscriber;
  if ((mustHold && !lies(mustHold, data, start, end)) || lies(ERRORS, data, start, end))
    problems.push(data.toString('utf8', start, end));
  arrivals.add(index, mark.sequence, nowUs() - mark.sentUs);
  if (keepsCursors) subscriber.cursor = lastCursor(data, start, end) ?? subscriber.cursor;
}

function onOther(subscriber: Subscriber, message: { type: string; payload?: { cursor?: string } }): void {
  if (message.type === 'connection_ack') {
    subscriber.cursor ??= message.payload?.cursor ?? null;
    subscriber.isAcknowledged.resolve();
  } else if (message.type === 'ping') subscriber.socket?.send({ type: 'pong' });
  else if (subscriber.index === null) refused += message.type === 'error' ? 1 : 0;
  else problems.push(JSON.stringify(message));
}

function lies(wanted: Buffer, data: Buffer, start: number, end: number): boolean {
  const at = data.indexOf(wanted, start);
  return at >= 0 && at < end;
}

function lastCursor(data: Buffer, start: number, end: number): string | null {
  const at = data.lastIndexOf(CURSOR, end);
  if (at < start) return null;
  const from = at + CURSOR.length;
  return data.toString('latin1', from, data.indexOf(QUOTE, from));
}

async function connect(subscriber: Subscriber): Promise<void> {
  subscriber.isAcknowledged = Promise.withResolvers();
  const { isAcknowledged } = subscriber;
  const socket = openLiveSocket({
    port,
    onMessage: (data, start, end) => onMessage(subscriber, data, start, end),
    onLost(reason) {
      if (subscriber.index !== null) problems.push(reason);
      isAcknowledged.reject(new Error(reason));
    },
  });
  subscriber.socket = socket;
  isAcknowledged.promise.catch(() => {}); // waited for below
  await socket.opened;
  socket.send({ type: 'connection_init' });
  await isAcknowledged.promise;
}

function subscribe({ socket, audience, cursor }: Subscriber, isAfter: boolean): void {
  const { document, frozenSubscriptions } = audience;
  const payload = { query: document, variables: { after: isAfter ? cursor : null } };
  for (let n = 1; n <= (frozenSubscriptions ?? 1); n += 1) socket?.send({ id: String(n), type: 'subscribe', payload });
  if (frozenSubscriptions !== undefined) socket?.freeze();
}

/** Does something for each subscriber, a number of them at once. */
async function forEach(act: (subscriber: Subscriber) => Promise<void>): Promise<void> {
  const rest = subscribers.values();
  const work = async () => {
    for (const subscriber of rest) await act(subscriber);
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, work));
}

const tell: (notice: CompleteNotice) => void = offer({
  async connect(options: ConnectArguments) {
    port = options.port;
    problems = [];
    refused = 0;
    keepsCursors = options.keepsCursors ?? false;
    let counted = 0;
    subscribers = options.audiences.flatMap((audience) =>
      Array.from({ length: audience.subscribers }, () => ({
        index: audience.frozenSubscriptions === undefined ? counted++ : null,
        audience,
        mustHold: audience.mustHold === undefined ? null : Buffer.from(audience.mustHold),
        socket: null,
        cursor: null,
        isAcknowledged: Promise.withResolvers<void>(),
      })),
    );
    arrivals = createArrivals({
      subscribers: counted,
      onComplete: (sequence) => tell({ sequence, atUs: nowUs() }),
    });
    await forEach(connect);
  },
  subscribe() {
    for (const subscriber of subscribers) subscribe(subscriber, false);
  },
  begin(firstSequence: number) {
    arrivals.begin(firstSequence);
    problems = [];
  },
  report: (): LoadReport => ({
    ...arrivals.taken(),
    problems: problems.length,
    firstProblem: problems[0] ?? null,
  }),
  async leave({ withinMs }: LeaveArguments) {
    await Promise.all(
      subscribers.map(async ({ socket }) => {
        await delay(Math.random() * withinMs);
        socket?.destroy();
      }),
    );
  },
  async comeBack() {
    await forEach(async (subscriber) => {
      await connect(subscriber);
      subscribe(subscriber, true);
    });
  },
  async thaw() {
    for (const { socket, index } of subscribers) if (index === null) socket?.thaw();
    for (let before = -1; before < refused; ) {
      before = refused;
      await delay(500);
    }
    return refused;
  },
  disconnect() {
    for (const { socket } of subscribers) socket?.destroy();
    subscribers = [];
  },
});
