import { createDeadLetters, type EventLog, type LogRecord } from '@tributary/event-log';
import { readFrom, toldByCode } from '@tributary/event-log/operations';
import { isExpiredCommandId, newCommandId, parseCommandId } from '@tributary/product';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { type Operation, OperationError, operation } from '@tributary/service';
import { z } from 'zod';
import type { InboxEntry, StoredRejection } from '../../inbox.ts';
import { GROUP, type WriterTopics } from '../../topics.ts';
import type { WriteSession } from '../../write-store.ts';

export interface ShowCommandOptions {
  log: EventLog;
  store: Pick<WriteSession, 'inbox' | 'positions'>;
  topics: WriterTopics;
  /** How long a command is remembered, in milliseconds. */
  inboxRetentionMs: number;
  nowMs: () => number;
}

/** What is known of a command, as JSON. */
export interface ShownCommand {
  commandId: string;
  /** `PENDING`: it waits for a writer. `UNKNOWN`: there is no trace of it, see `note`. */
  state: 'COMMITTED' | 'REJECTED' | 'PENDING' | 'UNKNOWN';
  note: string | null;
  /** What the writer keeps of it since it was decided; null before. */
  decided: {
    at: string;
    productId: string | null;
    version: string;
    deleted: boolean;
    rejection: (Omit<StoredRejection, 'currentVersion'> & { currentVersion: string | null }) | null;
    caller: string | null;
    idempotencyKey: string | null;
    /** The dead command that this one replays. */
    causationId: string | null;
  } | null;
  /** Where it stands in the commands topic, and how many commands the writers will meet before it there. */
  waiting: { partition: number; offset: string; before: number } | null;
  /** Where it is kept if it could not be handled. */
  deadLetter: { id: string; state: string; reason: string; replayId: string | null } | null;
}

/** What waits is looked through for no longer than this. */
const SEARCH_MS = 5_000;

/** `commands.show`: what became of a command. */
export function showCommand(options: ShowCommandOptions): Operation {
  const { store, inboxRetentionMs, nowMs } = options;
  return operation('commands.show', z.strictObject({ id: z.string() }), ({ id }, { signal }) => {
    const parsed = parseCommandId(id);
    if (!parsed.ok) throw new OperationError('BAD_INPUT', `${id} is refused: ${parsed.message}`);
    return toldByCode(() => find(parsed.value, signal));
  });

  async function find(commandId: string, signal: AbortSignal): Promise<ShownCommand> {
    const entry = await store.inbox.find(commandId);
    if (entry) return shown(commandId, entry, await deadLetterOf(options, entry, signal));
    const waiting = await findWaiting(options, commandId, signal);
    const nothing = { commandId, decided: null, deadLetter: null };
    if (waiting) return { ...nothing, state: 'PENDING', note: null, waiting };
    // It may have been decided while the topic was read.
    const since = await store.inbox.find(commandId);
    if (since) return shown(commandId, since, await deadLetterOf(options, since, signal));
    const note = isExpiredCommandId(commandId, nowMs(), inboxRetentionMs)
      ? 'it is older than commands are remembered, or from the future'
      : 'no writer has decided it and it does not wait: it never reached the log, or could not be read';
    return { ...nothing, state: 'UNKNOWN', note, waiting: null };
  }
}

function shown(commandId: string, entry: InboxEntry, deadLetter: ShownCommand['deadLetter']): ShownCommand {
  const { outcome, caller, idempotencyKey, causationId, handledAtMs } = entry;
  const { aggregateId: productId, version, deleted, rejection } = outcome;
  const currentVersion = rejection?.currentVersion ?? null;
  return {
    commandId,
    state: rejection ? 'REJECTED' : 'COMMITTED',
    note: null,
    decided: {
      at: new Date(handledAtMs).toISOString(),
      ...{ caller, productId, version: String(version), deleted },
      rejection: rejection && {
        ...rejection,
        currentVersion: currentVersion === null ? null : String(currentVersion),
      },
      ...{ idempotencyKey, causationId },
    },
    waiting: null,
    deadLetter,
  };
}

/** Looks through what the writers have not read yet. */
async function findWaiting(
  { log, store, topics }: ShowCommandOptions,
  commandId: string,
  signal: AbortSignal,
): Promise<ShownCommand['waiting']> {
  const found = new AbortController();
  const partitions = [...(await log.offsets(topics.commands)).keys()];
  const positions = await store.positions.read(GROUP, topics.commands, partitions);
  let place: LogRecord | undefined;
  try {
    await readFrom(positions, {
      log,
      topic: topics.commands,
      signal: AbortSignal.any([signal, found.signal, AbortSignal.timeout(SEARCH_MS)]),
      onRecord(record) {
        if (place || commandIdOf(record.value) !== commandId) return;
        place = record;
        found.abort();
      },
    });
  } catch (error) {
    if (!place) throw searchError(error);
  }
  if (!place) return null;
  const { partition, offset } = place;
  const before = Number(offset - (positions.get(partition) ?? 0n));
  return { partition, offset: String(offset), before };
}

function searchError(error: unknown): unknown {
  if ((error as Error).name !== 'TimeoutError') return error;
  return new OperationError('SEARCH_TOO_LONG', `it is not decided, and more waits than can be read in ${SEARCH_MS} ms`);
}

/** Only what broke a writer is kept as a dead letter, and is rejected as INTERNAL. */
async function deadLetterOf(
  { log, topics }: ShowCommandOptions,
  { commandId, outcome }: InboxEntry,
  signal: AbortSignal,
): Promise<ShownCommand['deadLetter']> {
  if (outcome.rejection?.code !== 'INTERNAL') return null;
  const topic = topics.deadLetters;
  let id: string | undefined;
  await readFrom(new Map(), {
    log,
    topic,
    signal,
    onRecord({ partition, offset, value }) {
      if (commandIdOf(value) === commandId) id = `${partition}-${offset}`;
    },
  });
  if (id === undefined) return null;
  const letter = await createDeadLetters({ log, topic, newId: newCommandId }).get(id);
  return { id: letter.id, state: letter.state, reason: letter.reason, replayId: letter.resolution?.replayId ?? null };
}

function commandIdOf(value: Uint8Array): string | null {
  try {
    return ProductCommand.decode(value).commandId;
  } catch {
    return null;
  }
}
