export type CommandBusErrorCode = 'COMMAND_NOT_CONFIRMED' | 'UNAVAILABLE' | 'TOO_LARGE' | 'OVERLOADED';

/**
 * A command was not accepted.
 * - `COMMAND_NOT_CONFIRMED`: the log did not acknowledge it in time; it may still take effect, so ask for its outcome by `commandId`.
 * - `UNAVAILABLE`, `TOO_LARGE`, `OVERLOADED`: refused before anything was sent; it never takes effect.
 */
export class CommandBusError extends Error {
  override readonly name = 'CommandBusError';
  readonly code: CommandBusErrorCode;
  readonly commandId: string;

  constructor(code: CommandBusErrorCode, commandId: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.commandId = commandId;
  }
}
