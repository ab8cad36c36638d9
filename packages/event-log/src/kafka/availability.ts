import type { Logger } from '@tributary/service';

export interface AvailabilityOptions {
  /** Resolves when the brokers answer. */
  probe(): Promise<unknown>;
  logger: Logger;
}

/** Whether the brokers can be reached, as last seen; looks for them while they cannot. */
export interface Availability {
  isUp(): boolean;
  /** Something failed in a way that brokers being away explains. */
  suspect(): void;
  stop(): void;
}

const PROBE_EVERY_MS = 250;
const PROBE_TIMEOUT_MS = 2_000;

export function createAvailability({ probe, logger }: AvailabilityOptions): Availability {
  let up = true;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const answered = await Promise.race([
      probe().then(
        () => true,
        () => false,
      ),
      new Promise<false>((resolve) => setTimeout(resolve, PROBE_TIMEOUT_MS, false).unref()),
    ]);
    if (timer === undefined) return;
    if (answered) {
      up = true;
      timer = undefined;
      logger.info('the brokers answer again');
    } else timer = setTimeout(look, PROBE_EVERY_MS);
  }

  return {
    isUp: () => up,
    suspect() {
      if (timer !== undefined) return;
      up = false;
      logger.warn('the brokers do not answer');
      timer = setTimeout(look, 0);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
