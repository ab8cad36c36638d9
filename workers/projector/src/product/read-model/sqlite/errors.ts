import { ReadModelError } from '../read-model.ts';

/** What a function gives or throws, as a promise; a database that fails, is full or is closed makes it `UNAVAILABLE`. */
export async function answering<T>(run: () => T): Promise<T> {
  try {
    return run();
  } catch (error) {
    if (isOfDatabase(error))
      throw new ReadModelError('UNAVAILABLE', 'the read model does not answer', { cause: error });
    throw error;
  }
}

function isOfDatabase(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_SQLITE_ERROR' || error.code === 'ERR_INVALID_STATE')
  );
}
