/** Bounds on what one operation may ask for. */
export interface OperationLimits {
  /** Characters of a document. */
  readonly documentCharacters: number;
  /** Lexical tokens of a document. */
  readonly tokens: number;
  /** Fields within fields, fragments followed. */
  readonly depth: number;
  /** Fields at the root of an operation, fragments followed: each is work of its own. */
  readonly rootFields: number;
  /** Aliased fields in an operation. */
  readonly aliases: number;
}

/** Room for what applications ask for, none for what attackers do. */
export const defaultLimits: OperationLimits = {
  documentCharacters: 50_000,
  tokens: 2_000,
  depth: 12,
  rootFields: 25,
  aliases: 50,
};
