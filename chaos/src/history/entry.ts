/** What a client did and what it was told: one line of the history. Times are of the runner's monotonic clock, in milliseconds. */
export interface Entry {
  /** The place in the order in which operations were begun. */
  n: number;
  client: string;
  via: 'graphql' | 'rest' | 'grpc';
  /** Which gateway, or which writer or reader by gRPC, was asked. */
  replica: number;
  invokedMs: number;
  answeredMs: number;
  operation: Operation;
  answer: Answer;
}

export type Operation = Change | CommandQuery | Read | Search;

/** A command. Sent again, it is another entry with the same `mark`. */
export interface Change {
  kind: 'create' | 'update' | 'delete';
  /**
   * Names the intention, whatever tries it takes: the key is made from it, and the product's name holds it. A change
   * with the same key and another content has the same mark.
   */
  mark: string;
  wait: boolean;
  /** Null for a create. */
  productId: string | null;
  key: string | null;
  expectedVersion: number | null;
  content: Content | null;
}

export interface Content {
  name: string;
  description: string;
  /** As it was written: perhaps not in canonical form. */
  price: string;
}

export interface CommandQuery {
  kind: 'command';
  commandId: string;
}

export interface Read {
  kind: 'read';
  productId: string;
  /** Null for a plain read. */
  minVersion: number | null;
}

export interface Search {
  kind: 'search';
  text: string;
}

export type Answer = Told | ProductAnswer | FoundAnswer | Failed | Lost;

/** What is known of a command: the answer to a change, and to a question for a command. */
export interface Told {
  kind: 'told';
  /** Null where REST tells none. */
  commandId: string | null;
  productId: string | null;
  /** Null: there is no such command. */
  state: 'PENDING' | 'COMMITTED' | 'REJECTED' | null;
  /** Null unless COMMITTED, and where REST tells none. */
  version: number | null;
  rejection: { code: string; currentVersion: number | null } | null;
  /** The product as it was read for the answer, at least at `version`. Absent when it was not asked for; null when there is none. */
  product?: SeenProduct | null;
  /** Why the product could not be read. */
  productError?: string;
}

export interface ProductAnswer {
  kind: 'product';
  /** Null: there is none. */
  product: SeenProduct | null;
}

export interface FoundAnswer {
  kind: 'found';
  products: SeenProduct[];
}

/** An error with a stable code, or with none (`''`). */
export interface Failed {
  kind: 'error';
  code: string;
  /** HTTP status; 0 for gRPC. */
  status: number;
  message: string;
  /** The command that the error is about, where it tells one. */
  commandId: string | null;
}

/** No answer came: the connection broke, or it took too long. */
export interface Lost {
  kind: 'lost';
  reason: string;
}

/** A product in an answer. */
export interface SeenProduct {
  id: string;
  /** Null where the answer has none (REST's search). */
  version: number | null;
  name: string;
  description: string;
  /** In canonical form. */
  price: string;
}

export function isChange(operation: Operation): operation is Change {
  return operation.kind === 'create' || operation.kind === 'update' || operation.kind === 'delete';
}

/** The product that an operation is about; null for a create, and where it names none. */
export function productIdOf({ operation, answer }: Entry): string | null {
  if ('productId' in operation && operation.productId !== null) return operation.productId;
  return answer.kind === 'told' ? answer.productId : null;
}
