import { z } from 'zod';

/** Something that an operator has a running process do, by name and with an input of its own. */
export interface Operation {
  /** As in a command line, words joined by dots: `read-model.rebuild`. */
  readonly name: string;
  /**
   * Does it. What it resolves with must be JSON: no bigint, no bytes.
   * @throws OperationError when it cannot be done; any other rejection is a defect, which the operator is not told of in detail
   */
  run(input: unknown, context: OperationContext): Promise<unknown>;
}

export interface OperationContext {
  /** Aborted when the operator has gone, or the process stops. */
  readonly signal: AbortSignal;
  /** Tells the operator how far a long operation is; JSON as the result. */
  progress(report: unknown): void;
}

/** An operation that cannot be done, in words for the operator. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  /** A stable word, such as `DEAD_LETTER_NOT_FOUND`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An operation whose input is checked before it begins. */
export function operation<Input>(
  name: string,
  input: z.ZodType<Input>,
  run: (input: Input, context: OperationContext) => Promise<unknown>,
): Operation {
  return {
    name,
    async run(given, context) {
      const parsed = input.safeParse(given ?? {});
      if (!parsed.success) throw new OperationError('BAD_INPUT', z.prettifyError(parsed.error));
      return run(parsed.data, context);
    },
  };
}
