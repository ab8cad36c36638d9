import { readEnginesConfig } from './config.ts';
import { runsContainers } from './default-engines.ts';
import { programs, requireProgram } from './install.ts';
import { installJaeger } from './jaeger-install.ts';
import { type Report, toStderr } from './report.ts';

/**
 * Fetches and builds what watches the engines and services, and starts nothing: so that those who start it do not wait,
 * whose time may be measured. Takes minutes once; Jaeger is left out where it runs as a container. Rejects with
 * `EngineError`.
 */
export async function installObservers(report: Report = toStderr): Promise<void> {
  const config = readEnginesConfig(process.env);
  for (const program of [programs.prometheus, programs.nodeExporter, programs.redisExporter])
    await requireProgram(program, report);
  if (!(await runsContainers(config))) await installJaeger(config.cacheFolder, report);
}
