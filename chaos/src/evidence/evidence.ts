/** What a run left in every place, when all faults are healed and all work is done. Versions are plain numbers, since no run gets far. */
export interface Evidence {
  /** Every row of the write model's products. */
  products: StoredProduct[];
  /** Every row of the inbox. */
  inbox: InboxRow[];
  /** Rows that still stand in the outbox. */
  outbox: { key: string; version: number }[];
  /** Every record of the commands topic, by partition and offset. */
  commands: CommandRecord[];
  /** Every record of the events topic, by partition and offset, repeats included. */
  events: EventRecord[];
  deadLetters: { topic: string; offset: number; reason: string }[];
  readModel: ReadModel;
}

export interface StoredProduct {
  id: string;
  version: number;
  deleted: boolean;
  name: string;
  description: string;
  /** In canonical form. */
  price: string;
}

/** An outcome, wherever it is kept. */
export interface Outcome {
  state: 'COMMITTED' | 'REJECTED';
  productId: string | null;
  /** Null unless COMMITTED. */
  version: number | null;
  /** Null when COMMITTED. */
  rejection: string | null;
}

export interface InboxRow {
  commandId: string;
  caller: string | null;
  /** Only where the command holds its key. */
  key: string | null;
  outcome: Outcome;
}

export interface Position {
  partition: number;
  offset: number;
}

export interface CommandRecord extends Position {
  commandId: string;
  productId: string;
  caller: string;
  key: string | null;
  expectedVersion: number | null;
  kind: 'create' | 'update' | 'delete';
  /** Null where an update leaves them. */
  name: string | null;
  description: string | null;
  price: string | null;
}

export interface EventRecord extends Position {
  eventId: string;
  commandId: string;
  productId: string;
  version: number;
  kind: 'created' | 'updated' | 'deleted' | 'rejected' | 'completed';
  /** Of product events. */
  product: StoredProduct | null;
  /** Of a refusal, and of the repeat of one. */
  rejection: string | null;
  /** The holder of the key, where the event is the repeat of one. */
  originalCommandId: string | null;
}

/** What the read side answers. */
export interface ReadModel {
  /** Everything that a search for all products finds, page by page: from the store, past the cache. */
  present: StoredProduct[];
  /**
   * For each product of the write model: what a read of at least its version answers. `null` when there is none; a text is
   * the code of an error.
   */
  atVersion: { id: string; minVersion: number; answer: StoredProduct | null | string }[];
  /** For each product: what plain reads answer, from every reader, through the cache. */
  plain: { id: string; answer: StoredProduct | null | string }[];
  /** For each command of the inbox: what is told of it. `PENDING` and null are states too. */
  outcomes: { commandId: string; answer: Outcome | 'PENDING' | null }[];
}
