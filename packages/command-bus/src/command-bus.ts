import { type EventLog, EventLogError, type LogRecord } from '@tributary/event-log';
import { type Logger, type ReadinessCheck, traceContextOf, traceIdOf, untilUp } from '@tributary/service';
import type { Registry } from 'prom-client';
import { askUntilKnown } from './asking.ts';
import { CommandBusError } from './errors.ts';
import { commandBusMetrics } from './metrics.ts';
import { createOutcomeWindow, type Waiter } from './outcome-window.ts';

export interface CommandBusOptions<Outcome> {
  log: EventLog;
  commandsTopic: string;
  /** Where the outcomes appear. */
  eventsTopic: string;
  /** Reads the outcome that a record of the events topic carries; null when it carries none. May throw on a record it cannot read. */
  outcomeOf(record: LogRecord): { commandId: string; outcome: Outcome } | null;
  /** Asks whoever decides commands for an outcome; null when none is known yet. Used while the events cannot be followed. */
  askOutcome(commandId: string, signal: AbortSignal): Promise<Outcome | null>;
  /** How long to wait for the log's acknowledgement, in milliseconds. Default 3000. */
  publishDeadlineMs?: number;
  /** How long a submission waits for the outcome, from its start, in milliseconds. Default 5000. */
  waitMs?: number;
  /** Submissions in hand at once; one more is refused. Default 10,000. */
  maxWaiters?: number;
  /** Outcomes that are remembered. Default 10,000. */
  maxRecentOutcomes?: number;
  logger: Logger;
  registry: Registry;
  /** Gives up the start when aborted. */
  signal?: AbortSignal;
}

/** What a submission waits for: the log's acknowledgement, or the command's outcome too. */
export type Wait = 'NONE' | 'OUTCOME';

export interface CommandSubmission {
  commandId: string;
  /** The id of the aggregate. */
  key: string;
  value: Uint8Array;
  headers: Readonly<Record<string, string>>;
  wait: Wait;
}

/**
 * `ACCEPTED`: it is in the log (asked for with `NONE`). `KNOWN`: its outcome. `PENDING`: it is in the log, and its
 * outcome was not known in time.
 */
export type Submitted<Outcome> = { state: 'ACCEPTED' } | { state: 'PENDING' } | { state: 'KNOWN'; outcome: Outcome };

export interface CommandBus<Outcome> {
  /**
   * Publishes a command and waits as asked.
   * @throws CommandBusError with the command's id: `COMMAND_NOT_CONFIRMED` when it may or may not be in the log; `UNAVAILABLE`,
   *   `TOO_LARGE` and `OVERLOADED` when nothing was sent.
   */
  submit(command: CommandSubmission): Promise<Submitted<Outcome>>;
  /** A command's outcome, when it is among the latest that this process saw. */
  outcome(commandId: string): Outcome | undefined;
  /** Whether outcomes are seen as they appear. */
  caughtUp(): boolean;
  readonly checks: readonly ReadinessCheck[];
  /** Resolves with the reason when the events can no longer be followed for good: the process should end. */
  readonly ended: Promise<Error>;
  /** Answers PENDING to whoever still waits, and stops following the events. */
  stop(): Promise<void>;
}

/** Why asking ends. One for all: an abort without a reason makes an error with a stack, for each command. */
const SETTLED = new Error('the outcome is known, or no longer waited for');

/** Starts to follow the events topic and answers a bus. Knows no aggregate: outcomes and commands are its user's. */
export async function createCommandBus<Outcome>(options: CommandBusOptions<Outcome>): Promise<CommandBus<Outcome>> {
  const { log, commandsTopic, eventsTopic, logger, registry } = options;
  const { publishDeadlineMs = 3_000, waitMs = 5_000, maxWaiters = 10_000, maxRecentOutcomes = 10_000 } = options;
  const window = createOutcomeWindow<Outcome>({ maxRecent: maxRecentOutcomes, maxWaiters });
  const metrics = commandBusMetrics(registry);
  let stopped = false;

  function noteOutcomes(records: readonly LogRecord[]): void {
    for (const record of records) {
      try {
        const known = options.outcomeOf(record);
        if (known) window.note(known.commandId, known.outcome);
      } catch (error) {
        metrics.unreadable.inc({ topic: eventsTopic });
        const place = { topic: eventsTopic, partition: record.partition, offset: String(record.offset) };
        const traceId = traceIdOf(traceContextOf(record.headers));
        logger.warn({ err: error, ...place, traceId }, 'unreadable event');
      }
    }
  }

  const tail = await untilUp(
    `tail of ${eventsTopic}`,
    () => log.tail({ topic: eventsTopic, from: 'end', onRecords: noteOutcomes }),
    { logger, signal: options.signal ?? new AbortController().signal },
  );

  async function publish({ commandId, key, value, headers }: CommandSubmission): Promise<void> {
    try {
      const attributes = { 'tributary.command.id': commandId };
      await log.publish(commandsTopic, [{ key, value, headers }], { deadlineMs: publishDeadlineMs, attributes });
    } catch (error) {
      throw notAccepted(commandId, error);
    }
  }

  /** The outcome, or null when it is not known by `deadlineMs` (a time of the monotonic clock). */
  async function outcomeBy(
    deadlineMs: number,
    commandId: string,
    waiter: Waiter<Outcome>,
    mayHavePassed: () => boolean,
  ): Promise<Outcome | null> {
    const settled = new AbortController();
    const timer = setTimeout(() => settled.abort(SETTLED), Math.max(0, deadlineMs - performance.now()));
    const { signal } = settled;
    try {
      const asked = askUntilKnown({ mayHavePassed, ask: () => options.askOutcome(commandId, signal), signal });
      return await Promise.race([waiter.outcome, asked]);
    } finally {
      clearTimeout(timer);
      settled.abort(SETTLED);
    }
  }

  async function submitWith(
    command: CommandSubmission,
    waiter: Waiter<Outcome>,
    startedMs: number,
  ): Promise<Submitted<Outcome>> {
    const wasCaughtUp = tail.caughtUp();
    // The outcome may be seen before the acknowledgement, or instead of one that got lost.
    const published = publish(command).then(() => null);
    const early = await Promise.race([waiter.outcome.then((outcome) => outcome ?? published), published]);
    if (command.wait === 'NONE') return { state: 'ACCEPTED' };
    const outcome =
      early ?? (await outcomeBy(startedMs + waitMs, command.commandId, waiter, () => !wasCaughtUp || !tail.caughtUp()));
    return outcome === null ? { state: 'PENDING' } : { state: 'KNOWN', outcome };
  }

  async function submit(command: CommandSubmission): Promise<Submitted<Outcome>> {
    const { commandId } = command;
    if (stopped) throw new CommandBusError('UNAVAILABLE', commandId, 'stopping');
    const waiter = window.wait(commandId);
    if (!waiter) throw new CommandBusError('OVERLOADED', commandId, 'too many commands are waiting');
    const startedMs = performance.now();
    metrics.waiters.inc({ topic: commandsTopic });
    let result = 'FAILED';
    try {
      const submitted = await submitWith(command, waiter, startedMs);
      result = submitted.state;
      return submitted;
    } catch (error) {
      if (error instanceof CommandBusError) result = error.code;
      throw error;
    } finally {
      waiter.release();
      const labels = { topic: commandsTopic, result };
      metrics.waiters.dec({ topic: commandsTopic });
      metrics.commands.inc(labels);
      metrics.duration.observe(labels, (performance.now() - startedMs) / 1_000);
    }
  }

  return {
    submit,
    outcome: window.recent,
    caughtUp: () => tail.caughtUp(),
    checks: [
      { name: 'event log', check: () => (log.isUp() ? null : 'the event log does not answer') },
      { name: `tail of ${eventsTopic}`, check: () => (tail.caughtUp() ? null : 'has not caught up') },
    ],
    ended: tail.ended,
    async stop() {
      stopped = true;
      window.close();
      await tail.stop();
    },
  };
}

function notAccepted(commandId: string, error: unknown): CommandBusError {
  const code = error instanceof EventLogError ? error.code : undefined;
  const options = { cause: error };
  if (code === 'UNAVAILABLE')
    return new CommandBusError('UNAVAILABLE', commandId, 'commands cannot be accepted now; nothing was sent', options);
  if (code === 'TOO_LARGE')
    return new CommandBusError('TOO_LARGE', commandId, 'the command is too large; nothing was sent', options);
  // Whatever else went wrong, the record may have left: only the two codes above say that it did not.
  return new CommandBusError(
    'COMMAND_NOT_CONFIRMED',
    commandId,
    'the command was not confirmed in time; it may still take effect',
    options,
  );
}
