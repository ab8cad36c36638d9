/**
 * Counts what is told after a reconnection of the time without a connection.
 *
 * @typedef {object} CatchUp
 * @property {number} events
 * @property {number} missed Changes that must have happened and were not told
 * @property {boolean} isLost The gateway could not tell all of it any more
 */
export function createCatchUp() {
  /** @type {CatchUp & { untilMs: number } | null} */
  let current = null;

  return {
    /** @param {number} atMs When the connection was there again, by the clock that events are dated by */
    begin(atMs) {
      current = { events: 0, missed: 0, isLost: false, untilMs: atMs };
    },
    /** @param {{ occurredAt: string, missed: number }} event */
    add({ occurredAt, missed }) {
      if (!current) return;
      if (Date.parse(occurredAt) <= current.untilMs) current.events += 1;
      current.missed += missed;
    },
    lost() {
      if (current) current.isLost = true;
    },
    /** @returns {CatchUp | null} null before any reconnection */
    now: () => current,
  };
}

/** @param {CatchUp} catchUp */
export function describeCatchUp({ events, missed, isLost }) {
  if (isLost) return 'The gateway no longer keeps all events since then: the list was loaded anew.';
  const caughtUp = events === 0 ? 'Nothing happened meanwhile' : `${count(events, 'event')} caught up`;
  return missed === 0 ? `${caughtUp}, none missed.` : `${caughtUp}, but ${count(missed, 'change')} missed.`;
}

/** @returns {string} */
export function count(/** @type {number} */ number, /** @type {string} */ thing) {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}
