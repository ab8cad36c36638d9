import { OperationError } from '@tributary/service';
import { DeadLetterError } from '../dead-letters/index.ts';
import { EventLogError } from '../event-log.ts';

/** What the log refuses or cannot do now, told to the operator under its own code. */
export async function toldByCode<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DeadLetterError || error instanceof EventLogError)
      throw new OperationError(error.code, error.message, { cause: error });
    throw error;
  }
}
