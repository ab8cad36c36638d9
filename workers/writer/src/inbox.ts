/** What became of a command, whatever its aggregate. */
export interface Outcome {
  /** Null when the command could not be read that far. */
  aggregateId: string | null;
  /** The aggregate's version after the command; 0 when it never existed. */
  version: bigint;
  /** The aggregate is deleted as of that version. */
  deleted: boolean;
  /** Null when the command was committed. */
  rejection: StoredRejection | null;
}

export interface StoredRejection {
  code: string;
  message: string;
  field: string | null;
  currentVersion: bigint | null;
}

/** A command that was handled. */
export interface InboxEntry {
  commandId: string;
  /** Null when it could not be read. */
  caller: string | null;
  /** The key that this command holds; null when it has none, repeats that of another or must not keep it. */
  idempotencyKey: string | null;
  bodyHash: Uint8Array | null;
  causationId: string | null;
  outcome: Outcome;
  handledAtMs: number;
}

export interface CallerKey {
  caller: string;
  key: string;
}

/** Every command that was handled, with its one outcome, and who holds which idempotency key. */
export interface Inbox {
  /** The entries of these commands and of whoever holds these keys. */
  findSeen(commandIds: readonly string[], keys: readonly CallerKey[]): Promise<InboxEntry[]>;

  find(commandId: string): Promise<InboxEntry | undefined>;

  /** Entries after this id, in the order of ids. */
  list(afterId: string | null, limit: number): Promise<InboxEntry[]>;

  /** Remembers commands. Rejects with a unique violation when another writer has just handled one, or has taken its key. */
  add(entries: readonly InboxEntry[]): Promise<void>;

  /**
   * Forgets commands that were handled before a time, at most `limit` of them.
   * @returns how many it forgot
   */
  forgetBefore(timeMs: number, limit: number): Promise<number>;
}
