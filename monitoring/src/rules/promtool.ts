import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEngines } from '@tributary/engines';

const run = promisify(execFile);

/** Runs promtool and answers what it says. Rejects with that when it finds fault. */
export async function promtool(...args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run('promtool', args);
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw stdout || stderr ? new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`) : error;
  }
}

/** promtool comes with Prometheus: has the engines install that, where they can. Rejects, saying how to, where not. */
export async function requirePromtool(): Promise<void> {
  const isThere = () =>
    promtool('--version').then(
      () => true,
      () => false,
    );
  if (await isThere()) return;
  const engines = await startEngines(['prometheus']); // which installs it
  await engines.stop();
  if (!(await isThere()))
    throw new Error('there is no `promtool` on the PATH, though it comes with Prometheus: install that whole');
}
