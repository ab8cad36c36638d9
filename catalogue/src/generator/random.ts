/** Numbers that depend on a seed and nothing else. */
export interface Random {
  /** A whole number from 0, less than `end`. */
  below(end: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** Each row has numbers of its own, so that row 1,000 is the same whatever was made before. SplitMix32. */
export function createRandom(seed: number, row: number): Random {
  let state = mix(mix(seed) + row);
  function below(end: number): number {
    state = (state + 0x9e3779b9) >>> 0;
    return Math.floor((mix(state) / 0x1_0000_0000) * end);
  }
  return { below, pick: (from) => from[below(from.length)] as (typeof from)[0] };
}

function mix(value: number): number {
  let z = value >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
