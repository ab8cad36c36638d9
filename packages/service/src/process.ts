import { ConfigError } from './config.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createLogger, type Logger } from './logger.ts';
import { stopTelemetry } from './telemetry/register.ts';
import { hasSpanRecorder } from './telemetry/span.ts';

/** A failure that its user can mend: printed as one line, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A terminal sends a signal to the whole process group, so it may come twice at once; one that comes later is impatience. */
const IMPATIENT_AFTER_MS = 1_000;

/** Values that `processVariables` give. */
export interface ProcessConfig {
  LOG_LEVEL: Parameters<typeof createLogger>[0]['level'];
  LOG_FORMAT: Parameters<typeof createLogger>[0]['format'];
  STOP_TIMEOUT_MS: number;
  TRACES_EXPORTER?: string;
}

export interface RunningProcess {
  logger: Logger;
  lifecycle: Lifecycle;
}

/**
 * Runs a service as this process: reads the configuration, starts, and stops in order on SIGTERM, on SIGINT, and
 * on SIGHUP, which comes when its terminal is closed. Exits 0 after a clean stop and 1 when the configuration, the start or a part that cannot go on (`fail`) fails.
 */
export async function runProcess<Config extends ProcessConfig>(
  service: string,
  read: () => Config,
  start: (config: Config, running: RunningProcess & { fail: (reason: Error) => void }) => Promise<void>,
): Promise<void> {
  let config: Config;
  try {
    config = read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${service}: ${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const logger = createLogger({ service, level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const lifecycle = createLifecycle({ logger, timeoutMs: config.STOP_TIMEOUT_MS });

  async function stop(exitCode: number): Promise<void> {
    await lifecycle.stop();
    await stopTelemetry();
    process.exit(exitCode);
  }
  let firstSignalMs = 0;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstSignalMs === 0) {
        firstSignalMs = Date.now();
        logger.info({ signal }, 'stopping');
        void stop(0);
      } else if (Date.now() - firstSignalMs > IMPATIENT_AFTER_MS) process.exit(1);
    });
  }
  const fail = (reason: Error) => {
    if (lifecycle.stopping.aborted) return;
    logger.fatal({ err: reason }, 'cannot go on');
    void stop(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', (reason) => fail(reason instanceof Error ? reason : new Error(String(reason))));

  if ((config.TRACES_EXPORTER ?? 'none') !== 'none' && !hasSpanRecorder())
    logger.warn(
      'no traces are recorded: the process has to be started with --import and the telemetry.ts beside its main.ts',
    );

  try {
    await start(config, { logger, lifecycle, fail });
  } catch (error) {
    if (lifecycle.stopping.aborted) return;
    if (error instanceof StartError || (error instanceof Error && 'code' in error && error.code === 'IN_USE'))
      process.stderr.write(`${service}: ${(error as Error).message}\n`);
    else logger.fatal({ err: error }, 'could not start');
    await stop(1);
  }
}

/**
 * Turns a failed listen into what the user can do about it.
 * @param setting what the user chooses the port with, such as `PORT` or `--port`
 */
export function listenError(error: unknown, host: string, port: number, setting: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new StartError(
      'PORT_IN_USE',
      `port ${port} on ${host} is in use: stop what listens there or choose another with ${setting}`,
    );
  if (code === 'EACCES')
    return new StartError(
      'PORT_DENIED',
      `port ${port} on ${host} may not be opened by this user: choose another with ${setting}`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new StartError('HOST_UNKNOWN', `${host} is no address of this machine: choose another with HOST`);
  return error;
}
