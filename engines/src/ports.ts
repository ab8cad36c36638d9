import { once } from 'node:events';
import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_767;

/** Whether nobody listens on the port of 127.0.0.1 now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await bound)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** What was given to someone in this process, who may not listen there yet. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that is free now, as are the `count` - 1 after it. Always below 32768, where the kernel takes
 * none for outgoing connections; picked at random, so that processes that ask at once rarely get the same. One process gets
 * none twice.
 */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const range = Array.from({ length: count }, (_, index) => port + index);
    if (range.some((one) => given.has(one))) continue;
    for (const one of range) given.add(one);
    if ((await Promise.all(range.map(isFree))).every(Boolean)) return port;
  }
}
