import { once } from 'node:events';
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import {
  createAdminServer,
  createRegistry,
  type Operation,
  type ReadinessCheck,
  silentLogger,
} from '@tributary/service';
import { run } from '../run.ts';

export interface GivenProcess {
  address: string;
  stop(): Promise<void>;
}

export interface GivenOptions {
  service?: string;
  checks?: readonly ReadinessCheck[];
  token?: string;
}

/** A process with the admin port that every process has, and the operations of a test. */
export async function givenProcess(
  operations: readonly Operation[],
  options: GivenOptions = {},
): Promise<GivenProcess> {
  const { service = 'writer', checks = [], token } = options;
  const admin = await createAdminServer({
    ...{ host: '127.0.0.1', port: 0, registry: createRegistry(), checks, operations, operationsToken: token },
    logger: silentLogger().child({ service }),
  });
  return { address: `127.0.0.1:${admin.port}`, stop: () => admin.stop() };
}

/** Something at an address that is no process of Tributary: it hangs up. */
export async function givenStranger(): Promise<GivenProcess> {
  const server = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { address: `127.0.0.1:${port}`, stop: async () => void server.close() };
}

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, without a terminal unless `screen` says how wide it is. */
export async function opsIn(
  line: string,
  options: { signal?: AbortSignal; screen?: number; answer?: string } = {},
): Promise<Ran> {
  const { signal = new AbortController().signal, screen, answer } = options;
  const terminal = () => Object.assign(new PassThrough(), screen === undefined ? {} : { isTTY: true, columns: screen });
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  if (answer !== undefined) stdin.write(answer);
  const exitCode = await run({ args: line.split(' '), env: {}, stdin, stdout, stderr, signal });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
