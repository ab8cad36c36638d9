import { type AddressesOf, addressesFrom } from './addresses.ts';
import type { EnginesConfig } from './config.ts';
import { createDockerRunner, dockerAnswers } from './docker-runner.ts';
import type { AnyEngineName } from './engine.ts';
import { type EngineStatus, engineOf, type Home, lockFileOf, type Runner } from './home.ts';
import { withLock } from './lock.ts';
import { containerNames, createMixedRunner } from './mixed-runner.ts';
import { anyProcessRuns, createProcessRunner } from './process-runner.ts';
import type { Report } from './report.ts';

/** Containers where a Docker engine answers, processes otherwise; what already runs as processes stays so. */
export async function chooseRunner(config: EnginesConfig & Home, report: Report): Promise<Runner> {
  const processes = createProcessRunner(config, report);
  if (!(await runsContainers(config))) return processes;
  return createMixedRunner(createDockerRunner(config, config.composeProject, report), processes);
}

export async function runsContainers(config: EnginesConfig & Home): Promise<boolean> {
  if (config.docker !== 'auto') return config.docker === 'always';
  return !(await anyProcessRuns(config, containerNames)) && (await dockerAnswers());
}

/**
 * Starts the engines that outlive this process, or finds them running and verifies that they are the ones started from
 * the same folder. Rejects with `EngineError`.
 */
export async function upEngines<N extends AnyEngineName>(
  names: readonly N[],
  config: EnginesConfig,
  report: Report,
): Promise<AddressesOf<N>> {
  const runner = await chooseRunner(config, report);
  await withLock(lockFileOf(config), () => runner.up(names), { report });
  const addresses = names.map((name) => [name, engineOf(name).address(config.ports[name])]);
  return addressesFrom(Object.fromEntries(addresses) as Record<N, string>);
}

/** Stops engines that were started from the folder and answers those that ran. `deleteData` also forgets their data. */
export async function stopEngines(
  names: readonly AnyEngineName[],
  config: EnginesConfig,
  report: Report,
  options: { readonly deleteData?: boolean } = {},
): Promise<AnyEngineName[]> {
  const runner = await chooseRunner(config, report);
  return withLock(lockFileOf(config), () => (options.deleteData ? runner.destroy(names) : runner.down(names)), {
    report,
  });
}

export async function engineStatus(names: readonly AnyEngineName[], config: EnginesConfig): Promise<EngineStatus[]> {
  const runner = await chooseRunner(config, () => {});
  return Promise.all(names.map((name) => runner.status(name)));
}
