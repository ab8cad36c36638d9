import type { Taken } from './arrivals.ts';
import { type Child, startChild } from './child.ts';

/** Subscribers of one document. */
export interface Audience {
  readonly document: string;
  readonly subscribers: number;
  /** What each result must hold, as JSON text. Default: only the event's mark. */
  readonly mustHold?: string;
  /**
   * Subscriptions that each holds over one socket, which it does not read once it has subscribed. Such subscribers do not
   * count. Default: one subscription, and what comes is read.
   */
  readonly frozenSubscriptions?: number;
}

export interface ConnectArguments {
  readonly port: number;
  readonly audiences: readonly Audience[];
  /** Whether they are to come back later. Default false: it costs. */
  readonly keepsCursors?: boolean;
}

export interface LeaveArguments {
  /** All have left after so long; each leaves at a moment of its own. */
  readonly withinMs: number;
}

/** All subscribers have got an event. */
export interface CompleteNotice {
  readonly sequence: number;
  readonly atUs: number;
}

export interface LoadReport extends Taken {
  /** Errors, connections that were lost, results that did not hold what they must. */
  readonly problems: number;
  readonly firstProblem: string | null;
}

/** Many subscribers, in a process of their own; see load-process.ts. */
export interface Load extends Child {
  /** Opens a socket for each subscriber, and resolves when all have been acknowledged. */
  connect(options: ConnectArguments): Promise<void>;
  /** Resolves when all have asked for their document. */
  subscribe(): Promise<void>;
  /** Counts anew, events from this one on. */
  begin(firstSequence: number): Promise<void>;
  report(): Promise<LoadReport>;
  /** Breaks every connection. */
  leave(options: LeaveArguments): Promise<void>;
  /** Connects and subscribes anew, all at once, each after the last cursor that it has got. */
  comeBack(): Promise<void>;
  /** Reads what the frozen ones have not read, and tells how many subscriptions had been given up by the server. */
  thaw(): Promise<number>;
  disconnect(): Promise<void>;
  /**
   * When all had got an event, in microseconds of `nowUs`.
   * Rejects when it has not come to all within the time, with what the subscribers tell.
   */
  complete(sequence: number, withinMs?: number): Promise<number>;
}

const COMPLETE_WITHIN_MS = 60_000;

export async function startLoad(): Promise<Load> {
  const complete = new Map<number, number>();
  const waiting = new Map<number, (atUs: number) => void>();
  const child = await startChild({
    name: 'load',
    file: 'load-process.ts',
    onNotice(notice) {
      const { sequence, atUs } = notice as CompleteNotice;
      complete.set(sequence, atUs);
      waiting.get(sequence)?.(atUs);
    },
  });
  return {
    ...child,
    connect: (options) => child.ask('connect', options),
    subscribe: () => child.ask('subscribe'),
    begin(firstSequence) {
      complete.clear();
      return child.ask('begin', firstSequence);
    },
    report: () => child.ask('report'),
    leave: (options) => child.ask('leave', options),
    comeBack: () => child.ask('comeBack'),
    thaw: () => child.ask('thaw'),
    disconnect: () => child.ask('disconnect'),
    async complete(sequence, withinMs = COMPLETE_WITHIN_MS) {
      const known = complete.get(sequence);
      if (known !== undefined) return known;
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      waiting.set(sequence, resolve);
      const late = setTimeout(() => reject(new Error(`event ${sequence} has not come to all`)), withinMs);
      try {
        return await promise;
      } finally {
        clearTimeout(late);
        waiting.delete(sequence);
      }
    },
  };
}
