/** How the command line ends. */
export const exitCodes = {
  done: 0,
  /** Something is not as it should be, or was refused. */
  notWell: 1,
  /** The command line or the settings will not do. */
  usage: 2,
  /** No process could be asked. */
  unreachable: 3,
  interrupted: 130,
} as const;

/** What stops a command, in words for the operator. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  /** A stable word, such as `UNREACHABLE`. */
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, message: string, exitCode: number = exitCodes.notWell, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): OpsError {
  return new OpsError('USAGE', `${message}; --help tells more`, exitCodes.usage);
}
