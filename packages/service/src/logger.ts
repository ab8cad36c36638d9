import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

export interface LoggerOptions {
  service: string;
  level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  format: 'auto' | 'pretty' | 'json';
}

/**
 * A logger of structured lines on standard output. Give every line of a request its `requestId` or `traceId` by
 * logging through `logger.child({ … })`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && process.stdout.isTTY === true);
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['*.authorization', '*.cookie', '*.password'],
  };
  if (!isPretty) return pino({ ...settings, formatters: { level: (label) => ({ level: label }) } });
  return pino(
    settings,
    pretty({
      translateTime: 'SYS:HH:MM:ss.l',
      ignore: 'pid,hostname,service',
      messageFormat: '[{service}] {msg}',
      sync: true,
    }),
  );
}

/** A logger that says nothing, for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
