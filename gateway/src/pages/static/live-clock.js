/** Clocks that differ by less cannot be told apart: the header has whole seconds. */
const TELLABLE_MS = 1_500;

/**
 * The time by the gateway's clock, as well as its answers tell it: events are dated by clocks beside it, and a phone's
 * may be minutes off.
 * @param {() => number} [now] This machine's clock, UTC milliseconds
 */
export function createServerClock(now = Date.now) {
  let aheadMs = 0;
  return {
    /** @param {string | null} date The header `date` of an answer that came just now */
    heard(date) {
      const halfASecondMs = 500;
      const aheadNowMs = Date.parse(date ?? '') + halfASecondMs - now();
      if (!Number.isNaN(aheadNowMs)) aheadMs = Math.abs(aheadNowMs) > TELLABLE_MS ? aheadNowMs : 0;
    },
    now: () => now() + aheadMs,
  };
}
