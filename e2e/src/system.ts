/** A running Tributary, on whichever stack: what the scenarios know of it. */
export interface System {
  /** Base addresses of the gateways: one for the embedded stack, two for the real engines. */
  readonly gateways: readonly [string, ...string[]];
  /** The gRPC addresses of the read and the write side, where they can be reached. */
  readonly grpc: { readers: readonly string[]; writers: readonly string[] } | null;
}

/** The gateway to use for the n-th request, so that consecutive requests meet different replicas. */
export function gatewayOf(system: System, n: number): string {
  return system.gateways[n % system.gateways.length] as string;
}

/** Asks again until the answer satisfies, or fails with the last answer after `deadlineMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  deadlineMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still not so after ${deadlineMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
