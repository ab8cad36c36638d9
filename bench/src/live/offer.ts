import type { FromChild, ToChild } from './child.ts';

/**
 * Tells the process that started this one that it is ready, and does what it asks for until it goes.
 * @returns what tells it something unasked
 */
export function offer(commands: Readonly<Record<string, (argument: never) => unknown>>): (notice: unknown) => void {
  const send = (message: FromChild) => void process.send?.(message);
  process.on('message', async ({ id, command, argument }: ToChild) => {
    try {
      const value = await commands[command]?.(argument as never);
      send({ id, value });
    } catch (error) {
      send({ id, error: (error as Error).message });
    }
  });
  process.once('disconnect', () => process.exit());
  send({ id: 0 });
  return (notice) => send({ notice });
}

/** The memory that live objects and their buffers take, in bytes, when garbage is collected; for `node --expose-gc`. */
export async function heapBytes(): Promise<number> {
  for (let n = 0; n < 3; n += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
