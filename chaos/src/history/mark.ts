const MARK = /(?:^|[ -])(m[0-9a-f]+)$/;

/** A name for the n-th intention of a client. No other has it, so it tells in every store which intention came to what. */
export function markOf(client: number, n: number): string {
  return `m${client.toString(16).padStart(2, '0')}${n.toString(16).padStart(6, '0')}`;
}

export const keyFor = (mark: string) => `key-${mark}`;
export const nameWith = (word: string, mark: string) => `${word} ${mark}`;

/** The mark in a key, or else in a name; null when a command of another origin has none. */
export function markIn(key: string | null, name: string | null): string | null {
  return MARK.exec(key ?? '')?.[1] ?? MARK.exec(name ?? '')?.[1] ?? null;
}
