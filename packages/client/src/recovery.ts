import type { Position } from './position.ts';

export interface ResumeOptions {
  /** The variable of subscriptions that takes a cursor, without `$`. Default: `after`. */
  readonly variable?: string;
  /**
   * What to do when events behind the cursor are no longer kept (`CURSOR_EXPIRED`). `fail`, the default, lets the app see
   * the error; `restart` subscribes again from now and calls `onGap`.
   */
  readonly onExpired?: 'fail' | 'restart';
  /** Events may have been missed, and the subscription goes on from now: what was shown must be fetched again. */
  readonly onGap?: () => void;
  /**
   * The codes of errors that end a subscription which can go on: it is asked for again from its cursor. Default:
   * `SLOW_CONSUMER`, `UNAVAILABLE`. With an empty list the app sees every error.
   */
  readonly resumeAfter?: readonly string[];
  /** How often in a row a subscription is asked for again without a result between. Default: 10. */
  readonly attempts?: number;
  /** The wait before an attempt, in milliseconds; the first is 0. Default: up to 0.5 s, doubling, up to 30 s, random. */
  readonly delayMs?: (attempt: number) => number;
}

export type ResumeSettings = Required<ResumeOptions>;

/** Throws when the variable is no name of GraphQL's: nothing would ever be resumed. */
export function resumeSettings(options: ResumeOptions): ResumeSettings {
  const settings: ResumeSettings = {
    variable: options.variable ?? 'after',
    onExpired: options.onExpired ?? 'fail',
    onGap: options.onGap ?? (() => {}),
    resumeAfter: options.resumeAfter ?? ['SLOW_CONSUMER', 'UNAVAILABLE'],
    attempts: options.attempts ?? 10,
    delayMs: options.delayMs ?? jittered,
  };
  if (!/^[_A-Za-z]\w*$/.test(settings.variable))
    throw new Error(`the variable is given by its name, without "$": not ${JSON.stringify(settings.variable)}`);
  return settings;
}

/** Random over the whole wait: clients that were cut together must not come back together. */
function jittered(attempt: number): number {
  return Math.random() * Math.min(500 * 2 ** attempt, 30_000);
}

/** How a subscription that ended too early goes on. */
export interface Again {
  /** When to ask for it, in milliseconds; 0: at once. */
  readonly inMs: number;
  /** Called when it has been asked for. */
  readonly onceAsked: () => void;
}

/** Decides for one subscription whether it is asked for again. Null: it is over, and the app is told. */
export interface Recovery {
  /** A result came: earlier attempts count no more. */
  progressed(): void;
  /** The service ended it with what may be a list of GraphQL errors. */
  afterErrors(errors: unknown): Again | null;
  /** The connection is gone. */
  afterLoss(): Again | null;
}

export function createRecovery(settings: ResumeSettings, position: Position | null): Recovery {
  let attempt = 0;

  function again(isAtOnce: boolean, onceAsked = () => {}): Again | null {
    if (attempt >= settings.attempts) return null;
    const inMs = isAtOnce && attempt === 0 ? 0 : settings.delayMs(attempt);
    attempt += 1;
    return { inMs, onceAsked };
  }

  return {
    progressed() {
      attempt = 0;
    },
    afterErrors(errors) {
      // Without a cursor, what came while nobody listened would be lost in silence.
      if (!position) return null;
      for (const { code, extensions } of coded(errors)) {
        if (code === 'CURSOR_EXPIRED' && settings.onExpired === 'restart') {
          const next = again(true, settings.onGap);
          if (next) position.forget();
          return next;
        }
        if (settings.resumeAfter.includes(code)) {
          position.pass(extensions);
          return again(code === 'SLOW_CONSUMER');
        }
      }
      return null;
    },
    afterLoss: () => again(false),
  };
}

function* coded(errors: unknown): Iterable<{ code: string; extensions: object }> {
  if (!Array.isArray(errors)) return;
  for (const error of errors as readonly { extensions?: { code?: unknown } }[]) {
    const extensions = error?.extensions;
    if (typeof extensions?.code === 'string') yield { code: extensions.code, extensions };
  }
}
