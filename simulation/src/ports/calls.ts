/** What goes wrong with a call to a port: it had no effect, or it had and the answer gets lost. */
export type Mishap = 'fails' | 'answer lost' | null;

/** How a process reaches a port: when each of its calls takes effect, and what goes wrong. */
export interface Calls {
  /** Resolves when the call takes effect. */
  turn(what: string): Promise<void>;
  /** Asked when it does. */
  mishap(what: string): Mishap;
}

/** Every call takes effect at once, and nothing goes wrong. */
export const calm: Calls = {
  turn: () => Promise.resolve(),
  mishap: () => null,
};
