import { type ReadinessCheck, readinessOf } from '../readiness.ts';
import { startRecurring } from '../recurring.ts';
import type { GrpcServer } from './server.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever waits for a service to become ready should not wait for the look at it. */
const LOOK_SOON_MS = 50;

/** Lets grpc.health.v1 say what `/readyz` says. */
export function followReadiness(
  checks: readonly ReadinessCheck[],
  server: Pick<GrpcServer, 'setServing'>,
): { stop(): Promise<void> } {
  let isReady = false;
  return startRecurring({
    async run(signal) {
      isReady = (await readinessOf(checks)).ready;
      if (!signal.aborted) server.setServing(isReady);
    },
    everyMs: () => (isReady ? LOOK_EVERY_MS : LOOK_SOON_MS),
    onFailure: () => server.setServing(false),
  });
}
