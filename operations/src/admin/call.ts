import { exitCodes, OpsError } from '../problem.ts';
import type { Address } from './addresses.ts';
import { linesOf, readJson, send } from './request.ts';

export interface Call {
  address: Address;
  token: string;
  operation: string;
  input: unknown;
  onProgress(report: unknown): void;
  /** Aborting closes the connection, which ends the operation in the process. */
  signal: AbortSignal;
}

/** The last line of an answer, or one before it; see `OperationLine` of @tributary/service. */
type Line = { progress: unknown } | { result: unknown } | { error: { code: string; message: string } };

/**
 * Has a process do an operation, and resolves with its result.
 * @throws OpsError with the code of the operation's error; `UNREACHABLE`, `CONNECTION_LOST`, `FORBIDDEN`
 */
export async function callOperation(call: Call): Promise<unknown> {
  const { address, token, operation, input, onProgress, signal } = call;
  const answer = await send({ address, method: 'POST', path: `/operations/${operation}`, token, body: input, signal });
  if (answer.statusCode !== 200) {
    const { error } = (await readJson(address, answer)) as { error?: { code?: string; message?: string } };
    const exitCode = answer.statusCode === 403 ? exitCodes.usage : exitCodes.notWell;
    throw new OpsError(error?.code ?? 'REFUSED', `${address}: ${error?.message ?? answer.statusCode}`, exitCode);
  }
  try {
    for await (const text of linesOf(address, answer)) {
      const line = JSON.parse(text) as Line;
      if ('progress' in line) onProgress(line.progress);
      else if ('result' in line) return line.result;
      else throw new OpsError(line.error.code, line.error.message);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    answer.destroy();
  }
  throw new OpsError('CONNECTION_LOST', `${address} ended its answer before the result`, exitCodes.unreachable);
}
