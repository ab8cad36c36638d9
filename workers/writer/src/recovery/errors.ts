/**
 * - `WRITERS_RUN`: a writer is in the group and would decide what is to be adopted.
 * - `COMMANDS_LOST`: the commands topic no longer keeps commands that came after the dump.
 * - `EVENTS_LOST`: the events topic no longer keeps outcomes that came after the dump.
 * - `WRONG_LOG`: the topics end before the dump's positions, so they are not those that the dump belongs to.
 */
export type RecoveryErrorCode = 'WRITERS_RUN' | 'COMMANDS_LOST' | 'EVENTS_LOST' | 'WRONG_LOG';

/** A restored database that cannot be brought up to what was published without contradicting it. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
  readonly code: RecoveryErrorCode;

  constructor(code: RecoveryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
