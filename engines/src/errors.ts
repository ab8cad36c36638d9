export type EngineErrorCode =
  | 'MISSING_PROGRAM'
  | 'INSTALL_FAILED'
  | 'PORT_TAKEN'
  | 'NOT_OURS'
  | 'START_FAILED'
  | 'STOP_FAILED'
  | 'STOPPED'
  | 'LOCKED'
  | 'BAD_CONFIGURATION';

/** An engine could not be brought to the wanted state; the message says what to do. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}
