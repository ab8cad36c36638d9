import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';

/** A command as a client sent it, and what the client was told. */
export interface SentCommand {
  readonly command: ProductCommand;
  /** The log has acknowledged it: from then on it must come to an end. */
  isAcknowledged: boolean;
  /** Foreign bytes that no writer can handle. */
  readonly isMalformed: boolean;
}

/** What clients did and saw. */
export interface History {
  readonly sent: Map<string, SentCommand>;
  /** What was seen to be wrong at once. */
  readonly violations: string[];
}

export function createHistory(): History {
  return { sent: new Map(), violations: [] };
}
