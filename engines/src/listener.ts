import { readdir, readFile, readlink } from 'node:fs/promises';
import { run } from './run.ts';

/** As the kernel writes the state of a socket that listens. */
const LISTEN = '0A';
const LOOPBACK = '0100007F';

/**
 * The id of the process that listens on the port of 127.0.0.1. Undefined when nobody does, and when it is a process that this
 * user may not look into: no child of this one.
 */
export async function listenerOf(port: number): Promise<number | undefined> {
  if (process.platform === 'linux') return holderOf(await listeningSockets(port));
  const { output } = await run('lsof', ['-nP', '-t', `-iTCP@127.0.0.1:${port}`, '-sTCP:LISTEN']);
  return /^\d+$/m.test(output) ? Number.parseInt(output, 10) : undefined;
}

/** By their inode: on the address itself, or else on all addresses. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  );
  const onPort = tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .map(([, local = '', , state, , , , , , inode = '']) => ({ local: local.split(':'), state, inode }))
    .filter(({ local, state }) => state === LISTEN && Number.parseInt(local[1] ?? '', 16) === port);
  const onLoopback = onPort.filter(({ local }) => local[0] === LOOPBACK);
  return new Set((onLoopback.length > 0 ? onLoopback : onPort).map(({ inode }) => `socket:[${inode}]`));
}

async function holderOf(sockets: ReadonlySet<string>): Promise<number | undefined> {
  if (sockets.size === 0) return undefined;
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  // The newest first: whoever asks has mostly just started what listens.
  for (const pid of ids.sort((a, b) => b - a)) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const open = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
    if (open.some((target) => sockets.has(target))) return pid;
  }
  return undefined;
}
