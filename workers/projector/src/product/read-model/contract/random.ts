export interface Random {
  /** A whole number from 0 up to, and without, `below`. */
  integer(below: number): number;
  oneOf<T>(values: readonly T[]): T;
  chance(probability: number): boolean;
  shuffled<T>(values: readonly T[]): T[];
}

/** The same sequence for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const integer = (below: number) => Math.floor(next() * below);

  return {
    integer,
    oneOf: <T>(values: readonly T[]) => values[integer(values.length)] as T,
    chance: (probability) => next() < probability,
    shuffled(values) {
      const all = [...values];
      for (let last = all.length - 1; last > 0; last -= 1) {
        const other = integer(last + 1);
        [all[last], all[other]] = [all[other]!, all[last]!];
      }
      return all;
    },
  };
}
