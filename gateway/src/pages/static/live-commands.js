/**
 * @typedef {{ state: 'COMMITTED' | 'REJECTED', version: number | null, rejection: Rejection | null }} Outcome
 * @typedef {{ code: string, message: string, field?: string | null, currentVersion?: number | null }} Rejection
 *
 * @typedef {object} Step
 * @property {string} label
 * @property {string} detail
 * @property {'neutral' | 'good' | 'bad'} tone
 * @property {number} atMs
 *
 * @typedef {object} Command
 * @property {'Create' | 'Update' | 'Delete'} kind
 * @property {string} name Of the product
 * @property {string | null} productId
 * @property {string | null} id Null until it is accepted
 * @property {Rejection | null} rejection
 * @property {Step[]} steps
 */

/**
 * The commands that this page sent, and their ways through their states. An event can come before the answer that
 * accepts its command, and before its outcome: steps are in the order in which they came.
 *
 * @param {object} options
 * @param {() => number} options.now In milliseconds, of any clock that only goes forward
 * @param {number} [options.most] Commands remembered
 */
export function createCommands({ now, most = 20 }) {
  /** @type {Command[]} */
  let commands = [];
  /** Commands that await their answer, and when which events came meanwhile: one may be of such a command. */
  let unanswered = 0;
  /** @type {Map<string, number>} */
  const unclaimed = new Map();

  function step(
    /** @type {Command} */ command,
    /** @type {string} */ label,
    detail = '',
    /** @type {Step['tone']} */ tone = 'neutral',
    atMs = now(),
  ) {
    command.steps.push({ label, detail, tone, atMs });
    command.steps.sort((one, other) => one.atMs - other.atMs);
  }

  function answered(/** @type {Command} */ command) {
    unanswered -= 1;
    const seenAtMs = command.id === null ? undefined : unclaimed.get(command.id);
    if (seenAtMs !== undefined) step(command, 'seen live', '', 'good', seenAtMs);
    if (unanswered === 0) unclaimed.clear();
  }

  return {
    /**
     * @param {Pick<Command, 'kind' | 'name' | 'productId'>} what
     * @returns {Command}
     */
    sent({ kind, name, productId }) {
      /** @type {Command} */
      const command = { kind, name, productId, id: null, rejection: null, steps: [] };
      unanswered += 1;
      step(command, 'sent');
      commands = [command, ...commands].slice(0, most);
      return command;
    },

    /** It is in the log. */
    accepted(/** @type {Command} */ command, /** @type {{ id: string, productId: string }} */ { id, productId }) {
      Object.assign(command, { id, productId });
      step(command, 'accepted', id);
      answered(command);
    },

    /** Nobody knows whether it is in the log. */
    unconfirmed(/** @type {Command} */ command, /** @type {string} */ id) {
      command.id = id;
      step(command, 'not confirmed', 'It may still take effect.');
      answered(command);
    },

    /** It never became a command, or its outcome cannot be told. */
    failed(/** @type {Command} */ command, /** @type {string} */ message) {
      step(command, 'failed', message, 'bad');
      if (command.id === null) answered(command);
    },

    decided(/** @type {Command} */ command, /** @type {Outcome} */ { state, version, rejection }) {
      command.rejection = rejection;
      if (rejection) step(command, state, `${rejection.code}: ${rejection.message}`, 'bad');
      else step(command, state, `version ${version}`, 'good');
    },

    /** @param {string} commandId Of an event that came */
    seen(commandId) {
      const command = commands.find(({ id }) => id === commandId);
      if (command) {
        if (!command.steps.some(({ label }) => label === 'seen live')) step(command, 'seen live', '', 'good');
      } else if (unanswered > 0) unclaimed.set(commandId, now());
    },

    /** @returns {readonly Command[]} the newest first */
    all: () => commands,
  };
}

/**
 * A duration as people read it.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
