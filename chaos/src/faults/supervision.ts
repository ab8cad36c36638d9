import type { Replica } from '@tributary/e2e';

/** What a container runtime does: starts a process again that ended by itself. */
export interface Supervision {
  /** Does something to a replica that is not to be started again meanwhile. */
  without(replica: Replica, work: () => Promise<void>): Promise<void>;
  /** The processes that ended by themselves so far. */
  readonly ended: readonly string[];
  stop(): Promise<void>;
}

const LOOK_MS = 250;

export function supervise(replicas: readonly Replica[]): Supervision {
  const left = new Set<Replica>();
  const ended: string[] = [];
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    for (const replica of replicas) {
      if (left.has(replica) || replica.isRunning()) continue;
      ended.push(replica.name);
      await replica.restart();
    }
  }
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_MS);

  return {
    ended,
    async without(replica, work) {
      left.add(replica);
      try {
        await work();
      } finally {
        left.delete(replica);
      }
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
