import type { EngineName } from '@tributary/engines';

/** A service of the stack. */
export interface Service {
  readonly name: string;
  /** Its workspace, from the project's root. */
  readonly folder: string;
  /** The variables that name its ports, with what they are unless told otherwise. */
  readonly ports: Readonly<Record<string, number>> & { readonly ADMIN_PORT: number };
  /** What it connects to. */
  readonly engines: readonly EngineName[];
}

/** In the order of a command's way, so that a stop in reverse order leaves none waiting for one that is gone. */
export const services = [
  {
    name: 'writer',
    folder: 'workers/writer',
    ports: { GRPC_PORT: 5002, ADMIN_PORT: 9403 },
    engines: ['kafka', 'postgres'],
  },
  {
    name: 'projector',
    folder: 'workers/projector',
    ports: { GRPC_PORT: 5003, ADMIN_PORT: 9404 },
    engines: ['kafka', 'mongo', 'redis'],
  },
  {
    name: 'products-command',
    folder: 'subgraphs/products-command',
    ports: { PORT: 4101, ADMIN_PORT: 9401 },
    engines: ['kafka'],
  },
  { name: 'products-query', folder: 'subgraphs/products-query', ports: { PORT: 4102, ADMIN_PORT: 9402 }, engines: [] },
  { name: 'gateway', folder: 'gateway', ports: { PORT: 4000, ADMIN_PORT: 9400 }, engines: ['kafka'] },
] as const satisfies readonly Service[];

export type ServiceName = (typeof services)[number]['name'];

/** Where each service finds the others. */
export function addresses(portOffset: number): Record<string, string> {
  const [writer, projector, commands, queries] = services;
  return {
    WRITER_ADDRESS: `127.0.0.1:${writer.ports.GRPC_PORT + portOffset}`,
    READER_ADDRESS: `127.0.0.1:${projector.ports.GRPC_PORT + portOffset}`,
    COMMANDS_URL: `http://127.0.0.1:${commands.ports.PORT + portOffset}`,
    QUERIES_URL: `http://127.0.0.1:${queries.ports.PORT + portOffset}`,
  };
}

/** What is required and has no default, since each deployment has a secret of its own: here it is for development. */
export const secrets: Readonly<Record<string, string>> = {
  CURSOR_KEYS: 'development:not-a-secret-for-development-only',
};

/** The ports of a service, as variables. */
export function portVariables({ ports }: Service, portOffset: number): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port + portOffset)]));
}
