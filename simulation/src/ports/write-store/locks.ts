/** Whoever holds locks: a transaction, or a statement by itself. */
export interface Holder {
  readonly held: Set<string>;
  waitsFor: string | null;
}

export interface Locks {
  /**
   * Waits until nobody else holds it.
   * @returns whether it had to wait
   * @throws an error with the code 40P01 when they would wait for each other
   */
  acquire(holder: Holder, name: string): Promise<boolean>;
  /** Gives up all that is held, each to whoever has waited longest, and what is waited for: that wait rejects with 57P01. */
  release(holder: Holder): void;
}

interface Lock {
  holder: Holder;
  queue: { holder: Holder; granted: PromiseWithResolvers<void> }[];
}

export function createLocks(): Locks {
  const locks = new Map<string, Lock>();

  function assertNoDeadlock(waiter: Holder, name: string): void {
    for (let lock = locks.get(name); lock; ) {
      if (lock.holder === waiter) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      const next: string | null = lock.holder.waitsFor;
      lock = next === null ? undefined : locks.get(next);
    }
  }

  function giveUpWaiting(holder: Holder): void {
    const lock = locks.get(holder.waitsFor ?? '');
    const waiting = lock?.queue.find((one) => one.holder === holder);
    holder.waitsFor = null;
    if (!lock || !waiting) return;
    lock.queue.splice(lock.queue.indexOf(waiting), 1);
    waiting.granted.reject(Object.assign(new Error('the session was ended'), { code: '57P01' }));
  }

  return {
    async acquire(holder, name) {
      const lock = locks.get(name);
      if (!lock) {
        locks.set(name, { holder, queue: [] });
        holder.held.add(name);
        return false;
      }
      if (lock.holder === holder) return false;
      assertNoDeadlock(holder, name);
      const granted = Promise.withResolvers<void>();
      lock.queue.push({ holder, granted });
      holder.waitsFor = name;
      await granted.promise;
      return true;
    },
    release(holder) {
      giveUpWaiting(holder);
      for (const name of holder.held) {
        const lock = locks.get(name) as Lock;
        const next = lock.queue.shift();
        if (!next) {
          locks.delete(name);
          continue;
        }
        lock.holder = next.holder;
        next.holder.held.add(name);
        next.holder.waitsFor = null;
        next.granted.resolve();
      }
      holder.held.clear();
    },
  };
}
