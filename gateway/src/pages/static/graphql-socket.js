/**
 * @typedef {object} Operation
 * @property {string} query
 * @property {(cursor: string | null) => Record<string, unknown>} [variables] Asked at each start: the cursor is where
 *   to go on, null for "from now"
 * @property {(payload: any) => void} next
 * @property {(errors: readonly GraphqlError[]) => void} error It is over, and is not tried again
 * @property {() => void} [complete] It is over
 * @property {() => void} [lost] It went on from now, and what came before is missed
 * @property {boolean} [isStanding] Never meant to end: started again when it completes or is UNAVAILABLE
 * @property {boolean} [isPatient] Started again when it is UNAVAILABLE
 *
 * @typedef {{ message: string, extensions?: { code?: string, cursor?: string } }} GraphqlError
 *
 * @typedef {object} Status
 * @property {'connecting' | 'live' | 'waiting' | 'paused' | 'stopped'} name
 * @property {number} [inMs] waiting: until the next attempt
 * @property {number} [code] waiting, stopped: what the connection was closed with
 * @property {string} [reason]
 *
 * @typedef {{ operation: Operation, id: string | null, cursor: string | null, wasStarted: boolean, failures: number }} Run
 */

export const PROTOCOL = 'graphql-transport-ws';

const NORMAL_CLOSURE = 1000;
/** The gateway, or this replica of it, stops: another is there. */
const COME_AGAIN = new Set([1001, 1012]);
const COME_AGAIN_WITHIN_MS = 1_000;
/** To try again would be answered the same. */
const FATAL = new Set([4400, 4401, 4403, 4406, 4409, 4429]);
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A connection that says nothing for so long is asked whether it is there, and has the same time again to answer. */
const SILENCE_MS = 20_000;

/**
 * One connection over graphql-transport-ws that runs several operations and comes again, each operation going on behind
 * the last event it had. Before its first event an operation goes on from the cursor that came with `connection_ack`.
 *
 * @param {object} options
 * @param {() => WebSocket} options.connect
 * @param {(status: Status) => void} [options.onStatus]
 * @param {(task: () => void, ms: number) => () => void} [options.later] Runs a task after a time, unless cancelled
 * @param {() => number} [options.random]
 */
export function createGraphqlSocket({ connect, onStatus = () => {}, later = afterMs, random = Math.random }) {
  /** @type {Set<Run>} */
  const runs = new Set();
  /** @type {WebSocket | null} */
  let socket = null;
  let isAcknowledged = false;
  /** @type {string | null} */
  let ackCursor = null;
  let failures = 0;
  let lastId = 0;
  let cancelRetry = () => {};
  let cancelWatch = () => {};

  /** Doubles with each failure; no two clients come at the same moment. */
  const backOff = (/** @type {number} */ failed) =>
    Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failed) * (0.5 + random() / 2);

  const send = (/** @type {object} */ message) => socket?.send(JSON.stringify(message));

  function open() {
    if (socket) return;
    cancelRetry();
    onStatus({ name: 'connecting' });
    const opened = connect();
    socket = opened;
    opened.addEventListener('open', () => {
      if (socket === opened) send({ type: 'connection_init' });
    });
    opened.addEventListener('message', ({ data }) => {
      if (socket === opened) receive(JSON.parse(data));
    });
    opened.addEventListener('close', ({ code, reason }) => {
      if (socket === opened) closed(code, reason);
    });
    watch();
  }

  function forget() {
    socket = null;
    isAcknowledged = false;
    cancelWatch();
    for (const run of runs) run.id = null;
  }

  function pause() {
    const leaving = socket;
    cancelRetry();
    forget();
    leaving?.close(NORMAL_CLOSURE);
    onStatus({ name: 'paused' });
  }

  function closed(/** @type {number} */ code, /** @type {string} */ reason) {
    forget();
    if (FATAL.has(code)) return onStatus({ name: 'stopped', code, reason });
    const inMs = COME_AGAIN.has(code) ? random() * COME_AGAIN_WITHIN_MS : backOff(failures);
    failures += 1;
    cancelRetry = later(open, inMs);
    onStatus({ name: 'waiting', inMs, code, reason });
  }

  /** A connection that broke without a word, as when a phone changes networks, is closed by nobody else. */
  function watch() {
    cancelWatch();
    cancelWatch = later(() => {
      if (isAcknowledged) send({ type: 'ping' });
      cancelWatch = later(() => {
        const silent = socket;
        closed(1006, 'The gateway no longer answers.');
        silent?.close();
      }, SILENCE_MS);
    }, SILENCE_MS);
  }

  function receive(/** @type {any} */ message) {
    watch();
    if (message.type === 'connection_ack') return acknowledged(message.payload?.cursor ?? null);
    if (message.type === 'ping') return send({ type: 'pong' });
    const run = [...runs].find(({ id }) => id !== null && id === message.id);
    if (!run) return;
    if (message.type === 'next') next(run, message.payload);
    else if (message.type === 'error') failed(run, message.payload);
    else if (message.type === 'complete') completed(run);
  }

  function acknowledged(/** @type {string | null} */ cursor) {
    isAcknowledged = true;
    ackCursor = cursor;
    failures = 0;
    onStatus({ name: 'live' });
    for (const run of [...runs]) start(run);
  }

  function start(/** @type {Run} */ run, from = run.cursor ?? ackCursor) {
    const { query, variables, lost } = run.operation;
    const isLost = run.wasStarted && run.cursor === null;
    run.cursor = from;
    run.wasStarted = true;
    lastId += 1;
    run.id = String(lastId);
    send({ id: run.id, type: 'subscribe', payload: { query, variables: variables?.(run.cursor) ?? {} } });
    if (isLost) lost?.();
  }

  function startLater(/** @type {Run} */ run) {
    run.id = null;
    later(() => {
      if (isAcknowledged && run.id === null && runs.has(run)) start(run);
    }, backOff(run.failures));
    run.failures += 1;
  }

  function next(/** @type {Run} */ run, /** @type {any} */ payload) {
    run.cursor = payload.extensions?.cursor ?? run.cursor;
    run.failures = 0;
    run.operation.next(payload);
  }

  function failed(/** @type {Run} */ run, /** @type {readonly GraphqlError[]} */ errors) {
    const { code, cursor } = errors[0]?.extensions ?? {};
    const { isStanding, isPatient } = run.operation;
    if (code === 'UNAVAILABLE' && (isStanding || isPatient)) return startLater(run);
    if (code === 'SLOW_CONSUMER' && cursor) {
      run.cursor = cursor;
      return startLater(run);
    }
    if ((code === 'CURSOR_EXPIRED' || code === 'CURSOR_INVALID') && run.cursor !== null) return goOnFromNow(run);
    runs.delete(run);
    run.operation.error(errors);
  }

  /** The acknowledgement is as good as now, unless it was what was refused. */
  function goOnFromNow(/** @type {Run} */ run) {
    const from = run.cursor === ackCursor ? null : ackCursor;
    run.wasStarted = false;
    start(run, from);
    run.operation.lost?.();
  }

  function completed(/** @type {Run} */ run) {
    if (run.operation.isStanding) return startLater(run);
    runs.delete(run);
    run.operation.complete?.();
  }

  return {
    /** Connects, or tries again at once. */
    open,
    /** Closes the connection until `open`; operations stay, and go on then. */
    pause,
    /**
     * Starts an operation, now or as soon as there is a connection.
     * @param {Operation} operation
     * @returns {() => void} stops it
     */
    subscribe(operation) {
      /** @type {Run} */
      const run = { operation, id: null, cursor: null, wasStarted: false, failures: 0 };
      runs.add(run);
      if (isAcknowledged) start(run);
      return () => {
        if (runs.delete(run) && isAcknowledged && run.id !== null) send({ id: run.id, type: 'complete' });
      };
    },
  };
}

/** The gateway's WebSocket on the origin of this page. */
export function connectHere() {
  const url = new URL('/graphql', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url, PROTOCOL);
}

function afterMs(/** @type {() => void} */ task, /** @type {number} */ ms) {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}
