import { setTimeout as delay } from 'node:timers/promises';
import { type ReadinessCheck, readinessOf } from '../readiness.ts';
import type { GrpcServer } from './server.ts';

const INTERVAL_MS = 1_000;

/** Lets grpc.health.v1 say what `/readyz` says. */
export function followReadiness(
  checks: readonly ReadinessCheck[],
  server: Pick<GrpcServer, 'setServing'>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const { ready } = await readinessOf(checks);
      if (!signal.aborted) server.setServing(ready);
      await delay(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  const running = run();

  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
