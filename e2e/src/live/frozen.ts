import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { GraphqlError } from '../client.ts';
import type { Ask } from './asks.ts';
import type { Told } from './check.ts';
import { toldBy } from './told.ts';

/** A client that subscribes and then reads nothing more from its socket. */
export interface FrozenClient {
  readonly ask: Ask;
  readonly start: string;
  /** Reads on: what it was told until its subscription ended, and the errors with which it did. */
  thaw(): Promise<{ told: readonly Told[]; errors: readonly GraphqlError[] }>;
  close(): void;
}

interface Message {
  readonly type: string;
  readonly payload: never;
}

export async function freezeAt(url: string, ask: Ask): Promise<FrozenClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const acknowledged = once(socket, 'message');
  send({ type: 'connection_init' });
  const { payload } = messageIn((await acknowledged)[0]);
  const { cursor: start } = payload as { cursor: string };
  send({ id: '1', type: 'subscribe', payload: { query: ask.query, variables: { ...ask.variables, after: start } } });
  socket.pause();

  const told: Told[] = [];
  const ended = Promise.withResolvers<readonly GraphqlError[]>();
  socket.on('message', (data) => {
    const { type, payload } = messageIn(data);
    if (type === 'error') ended.resolve(payload);
    if (type !== 'next') return;
    const one = toldBy(payload);
    if (typeof one === 'string') ended.reject(new Error(one));
    else told.push(one);
  });
  socket.on('close', (code) => ended.reject(new Error(`the socket was closed with ${code}`)));
  ended.promise.catch(() => {});

  return {
    ask,
    start,
    async thaw() {
      socket.resume();
      return { errors: await ended.promise, told };
    },
    close: () => socket.terminate(),
  };
}

function messageIn(data: unknown): Message {
  return JSON.parse(String(data));
}
