import { createRandom } from '@tributary/service/random';
import type { Recorder } from '../history/recorder.ts';
import { type Doors, runClient } from './client.ts';
import { graphqlCalls } from './graphql.ts';
import { type GrpcCalls, grpcCalls } from './grpc.ts';
import { createPool } from './pool.ts';
import { restCalls } from './rest.ts';

export interface LoadOptions {
  /** The ways in. */
  gateways: readonly string[];
  grpc: { readers: readonly string[]; writers: readonly string[] } | null;
  recorder: Recorder;
  seed: number;
  clients: number;
  /** About how long each client rests between two operations, in milliseconds. */
  restMs: number;
}

export interface Load {
  /** Ends the load after the operations in hand. */
  stop(): Promise<void>;
}

/** Starts clients that create, change, delete, try again, ask, read and search, all at once and of the same products. */
export function startLoad({ gateways, grpc, recorder, seed, clients, restMs }: LoadOptions): Load {
  const stopping = new AbortController();
  const { signal } = stopping;
  const grpcDoors: GrpcCalls[] = (grpc?.writers ?? []).map((writer, n) => grpcCalls(writer, grpc!.readers[n]!));
  const doors: Doors = { graphql: gateways.map(graphqlCalls), rest: gateways.map(restCalls), grpc: grpcDoors };
  const pool = createPool();
  const running = Array.from({ length: clients }, (_, number) =>
    runClient({ number, doors, pool, recorder, random: createRandom(seed * 1_000 + number), restMs, signal }),
  );
  for (const client of running) client.catch(() => {}); // told by whoever stops the load
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      for (const door of grpcDoors) door.close();
    },
  };
}
