import type { Logger } from '@tributary/service';

/** Tells an operator of a change once, however often it is found again. */
export interface Notice {
  away(): void;
  /** It may be back, if nothing else stands in its way. */
  perhapsBack(): void;
  /** Nothing that follows is worth telling. */
  end(): void;
}

/** @param trouble why Redis is not used now; null when it is */
export function createNotice(logger: Logger, trouble: () => string | null): Notice {
  let isTold = false;
  let isEnded = false;
  return {
    away() {
      if (!isTold && !isEnded)
        logger.warn({ trouble: trouble() }, 'Redis is not used: products are read and written past the cache');
      isTold = true;
    },
    perhapsBack() {
      if (!isTold || trouble() !== null) return;
      logger.info('Redis is used again');
      isTold = false;
    },
    end() {
      isEnded = true;
    },
  };
}
