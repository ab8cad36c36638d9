import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { GraphqlError } from '../client.ts';
import type { Ask } from './asks.ts';
import { begunWithin } from './begin.ts';
import type { Told } from './check.ts';
import { toldBy } from './told.ts';

/** How one connection of a follower ended. */
export interface Ending {
  readonly url: string;
  /** The close code of the socket; 1006 when it broke. Null when the subscription ended first. */
  readonly code: number | null;
  /** What the subscription ended with. */
  readonly errors: readonly GraphqlError[];
}

/** A client that follows products over WebSocket and comes again, elsewhere, whenever it is cut off. */
export interface Follower {
  readonly ask: Ask;
  /** The cursor with which it began. */
  readonly start: string;
  /** What it was told, over all its connections. */
  readonly told: readonly Told[];
  readonly endings: readonly Ending[];
  /** The gateway to which it is connected; null between two connections. */
  connectedTo(): string | null;
  /** The cursor with which it would go on. */
  cursor(): string;
  /** What it cannot go on from; none while all goes well. */
  readonly failures: readonly string[];
  /** Cuts its connection, so that it goes on elsewhere. */
  cut(): void;
  stop(): Promise<void>;
}

export interface FollowerOptions {
  /** Gateways, in the order in which it turns to them. */
  readonly urls: readonly string[];
  readonly ask: Ask;
  /** Where to begin. Default: where the first gateway stands. */
  readonly after?: string;
  /** Told of each connection that begins and ends. */
  onChange?(what: 'connected' | 'ended', url: string): void;
}

/** Errors after which a client goes on from its cursor. */
const PASSING: readonly unknown[] = ['UNAVAILABLE', 'SLOW_CONSUMER'];

/** Resolves when it follows. */
export async function follow({ urls, ask, after, onChange }: FollowerOptions): Promise<Follower> {
  const told: Told[] = [];
  const endings: Ending[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let cursor = after;
  let start = after;
  let connection: { url: string; terminate(): void } | null = null;
  let dispose = () => {};

  function take(result: { data?: unknown; errors?: unknown; extensions?: unknown }): void {
    const one = toldBy(result);
    if (typeof one === 'string') failures.push(one);
    else {
      told.push(one);
      cursor = one.cursor;
    }
  }

  /** One connection, from its beginning to its end. */
  function connect(url: string): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      connectionAckWaitTimeout: 10_000,
      onNonLazyError() {},
      on: {
        connected(socket, payload) {
          cursor ??= (payload as { cursor?: string } | undefined)?.cursor;
          if (cursor === undefined) return (socket as WebSocket).terminate();
          start ??= cursor;
          connection = { url, terminate: () => (socket as WebSocket).terminate() };
          subscribe(cursor);
          onChange?.('connected', url);
          begun.resolve();
        },
        closed: (event) => resolve({ url, code: (event as CloseEvent).code, errors: [] }),
      },
    });

    function subscribe(from: string): void {
      client.subscribe(
        { query: ask.query, variables: { ...ask.variables, after: from } },
        {
          next: take,
          error(reason) {
            // A socket that closes is told as such.
            if (!Array.isArray(reason)) return;
            resolve({ url, code: null, errors: reason as readonly GraphqlError[] });
            void client.dispose();
          },
          complete() {
            if (stopping.signal.aborted) return;
            failures.push('the subscription was completed');
          },
        },
      );
    }

    dispose = () => void client.dispose();
    return promise;
  }

  async function run(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const url = urls[attempt % urls.length]!;
      const ending = await connect(url);
      if (stopping.signal.aborted) return;
      const wasConnected = connection !== null;
      connection = null;
      if (wasConnected) {
        endings.push(ending);
        onChange?.('ended', url);
      }
      const fatal = ending.errors.filter(({ extensions }) => !PASSING.includes(extensions?.code));
      if (fatal.length > 0) {
        failures.push(JSON.stringify(fatal));
        return begun.resolve();
      }
      await delay(10 + Math.random() * 90, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
  const running = run();
  await begunWithin(begun.promise, urls, stopping);

  return {
    ask,
    start: start!,
    told,
    endings,
    failures,
    connectedTo: () => connection?.url ?? null,
    cursor: () => cursor!,
    cut: () => connection?.terminate(),
    async stop() {
      stopping.abort();
      dispose();
      await running;
    },
  };
}
