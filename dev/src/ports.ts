import { once } from 'node:events';
import { createServer } from 'node:net';
import { portVariables, type Service } from './services.ts';

/** The first port of the services that is taken, and whose it would be. */
export async function takenPort(
  services: readonly Service[],
  portOffset: number,
  host: string,
): Promise<{ service: string; port: number } | null> {
  for (const service of services)
    for (const port of Object.values(portVariables(service, portOffset)).map(Number))
      if (!(await isFree(port, host))) return { service: service.name, port };
  return null;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  const bound = once(server, 'listening').then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'EADDRINUSE',
  );
  server.listen(port, host);
  if (!(await bound)) return false;
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
  return true;
}
