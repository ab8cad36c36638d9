import type { AnyEngineName, ServerName } from './engine.ts';
import type { Runner } from './home.ts';

/** What runs as a container of compose.yml where a Docker engine answers. */
export const containerNames = ['kafka', 'postgres', 'mongo', 'redis', 'jaeger'] as const satisfies AnyEngineName[];

/**
 * Containers for those that can be, and processes for those that look at the processes of this machine: Prometheus and its
 * exporters, which could not reach them at 127.0.0.1 from a container.
 */
export function createMixedRunner(containers: Runner, processes: Runner): Runner {
  const runnerOf = (name: ServerName) => (containerNames.some((other) => other === name) ? containers : processes);
  const those = <S extends ServerName>(names: readonly S[], runner: Runner) =>
    names.filter((name) => runnerOf(name) === runner);

  async function inBoth<S extends ServerName, R>(
    names: readonly S[],
    work: (runner: Runner, own: S[]) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = [];
    for (const runner of [containers, processes]) {
      const own = those(names, runner);
      if (own.length > 0) results.push(await work(runner, own));
    }
    return results;
  }

  return {
    async up(names) {
      await inBoth(names, (runner, own) => runner.up(own));
    },
    down: async (names) => (await inBoth(names, (runner, own) => runner.down(own))).flat(),
    destroy: async (names) => (await inBoth(names, (runner, own) => runner.destroy(own))).flat(),
    status: (name) => runnerOf(name).status(name),
    pid: (name) => runnerOf(name).pid(name),
    logFile: (name) => runnerOf(name).logFile(name),
    kill: (name, signal) => runnerOf(name).kill(name, signal),
  };
}
