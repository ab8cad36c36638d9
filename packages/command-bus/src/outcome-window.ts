export interface OutcomeWindowOptions {
  /** How many of the latest outcomes are remembered. */
  maxRecent: number;
  /** How many may wait at once. */
  maxWaiters: number;
}

/** Outcomes as they become known, for those who wait for one and for those who ask a little later. */
export interface OutcomeWindow<Outcome> {
  /** Tells everyone who waits for the command, and remembers the outcome for a while. The first outcome of a command stands. */
  note(commandId: string, outcome: Outcome): void;
  /** The outcome, when it is among the latest. */
  recent(commandId: string): Outcome | undefined;
  /** Waits for a command's outcome from now on; null when too many wait already. Must be released. */
  wait(commandId: string): Waiter<Outcome> | null;
  /** How many wait. */
  waiting(): number;
  /** Lets everyone who waits go on without an outcome. */
  close(): void;
}

export interface Waiter<Outcome> {
  /** Resolves with the outcome as soon as it is known, with null when the window closes. */
  readonly outcome: Promise<Outcome | null>;
  release(): void;
}

export function createOutcomeWindow<Outcome>({ maxRecent, maxWaiters }: OutcomeWindowOptions): OutcomeWindow<Outcome> {
  type Tell = (outcome: Outcome | null) => void;
  const latest = new Map<string, Outcome>();
  const waiters = new Map<string, Set<Tell>>();
  let waiting = 0;

  function remember(commandId: string, outcome: Outcome): void {
    latest.set(commandId, outcome);
    if (latest.size <= maxRecent) return;
    const oldest = latest.keys().next();
    if (!oldest.done) latest.delete(oldest.value);
  }

  function release(commandId: string, tell: Tell): void {
    const others = waiters.get(commandId);
    if (!others?.delete(tell)) return;
    waiting -= 1;
    if (others.size === 0) waiters.delete(commandId);
  }

  return {
    note(commandId, outcome) {
      if (latest.has(commandId)) return;
      remember(commandId, outcome);
      for (const tell of waiters.get(commandId) ?? []) tell(outcome);
    },
    recent: (commandId) => latest.get(commandId),
    wait(commandId) {
      if (waiting >= maxWaiters) return null;
      const { promise, resolve: tell } = Promise.withResolvers<Outcome | null>();
      const others = waiters.get(commandId) ?? new Set();
      waiters.set(commandId, others.add(tell));
      waiting += 1;
      const known = latest.get(commandId);
      if (known !== undefined) tell(known);
      return { outcome: promise, release: () => release(commandId, tell) };
    },
    waiting: () => waiting,
    close() {
      for (const tells of waiters.values()) for (const tell of tells) tell(null);
    },
  };
}
