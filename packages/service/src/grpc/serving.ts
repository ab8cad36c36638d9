import { type ReadinessCheck, readinessOf } from '../readiness.ts';
import { startRecurring } from '../recurring.ts';
import type { GrpcServer } from './server.ts';

const INTERVAL_MS = 1_000;

/** Lets grpc.health.v1 say what `/readyz` says. */
export function followReadiness(
  checks: readonly ReadinessCheck[],
  server: Pick<GrpcServer, 'setServing'>,
): { stop(): Promise<void> } {
  return startRecurring({
    async run(signal) {
      const { ready } = await readinessOf(checks);
      if (!signal.aborted) server.setServing(ready);
    },
    everyMs: INTERVAL_MS,
    onFailure: () => server.setServing(false),
  });
}
