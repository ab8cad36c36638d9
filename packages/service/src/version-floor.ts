/** Carries the versions that reads must have at least between client, gateway and subgraphs: `<id>@<version>,…`. */
export const VERSION_FLOOR_HEADER = 'x-version-floor';

/** The versions that reads must have at least, per id: the highest that an operation has seen. */
export interface VersionFloor {
  /** Takes over every version of a header that is higher than the one known. False, and nothing taken over, when it is malformed. */
  raise(header: string): boolean;
  /** Takes over one version when it is higher than the one known. */
  raiseOne(id: string, version: bigint): void;
  /** The version of an id; undefined when none is known. */
  of(id: string): bigint | undefined;
  /** The header's value; undefined when no version is known. */
  header(): string | undefined;
}

/** More than an operation within the limits can touch; the ones longest known give way. */
const MAX_IDS = 64;
const MAX_CHARACTERS = 8 * 1024;
const ENTRY = /^([0-9A-Za-z-]{1,64})@([1-9]\d{0,9})$/;

export function createVersionFloor(): VersionFloor {
  const versions = new Map<string, bigint>();

  function raiseOne(id: string, version: bigint): void {
    if (version <= (versions.get(id) ?? 0n)) return;
    versions.delete(id);
    versions.set(id, version);
    const [longestKnown] = versions.keys();
    if (versions.size > MAX_IDS && longestKnown !== undefined) versions.delete(longestKnown);
  }

  return {
    raise(header) {
      const entries = parse(header);
      for (const [id, version] of entries ?? []) raiseOne(id, version);
      return entries !== null;
    },
    raiseOne,
    of: (id) => versions.get(id),
    header: () =>
      versions.size === 0 ? undefined : Array.from(versions, ([id, version]) => `${id}@${version}`).join(','),
  };
}

function parse(header: string): [string, bigint][] | null {
  if (header.length > MAX_CHARACTERS) return null;
  const entries: [string, bigint][] = [];
  for (const part of header.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    const [, id, version] = ENTRY.exec(text) ?? [];
    if (id === undefined || version === undefined) return null;
    entries.push([id, BigInt(version)]);
  }
  return entries;
}
