/** What stops an import and its user can mend: printed as one line, exit code 1. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Why a row did not go in. */
export interface Reason {
  /** A stable word for programs. */
  readonly code: string;
  /** A sentence for people. */
  readonly reason: string;
}
