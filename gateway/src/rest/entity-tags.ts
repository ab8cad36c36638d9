/** The entity tags of RFC 9110, section 8.8.3. A product's tag is its version: `"3"`. */
export interface EntityTag {
  readonly weak: boolean;
  readonly value: string;
}

export type EntityTags = '*' | readonly EntityTag[];

const NEXT_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?:,[\t ,]*|$)/y;
const HIGHEST_VERSION = 2 ** 31 - 1;

export function entityTag(version: number): string {
  return `"${version}"`;
}

/** The tags of an If-Match or If-None-Match header; null when it is malformed. */
export function parseEntityTags(header: string): EntityTags | null {
  if (header.trim() === '*') return '*';
  const text = header.replace(/^[\t ,]+/, '');
  const tags: EntityTag[] = [];
  NEXT_TAG.lastIndex = 0;
  while (NEXT_TAG.lastIndex < text.length) {
    const match = NEXT_TAG.exec(text);
    if (!match) return null;
    tags.push({ weak: match[1] !== undefined, value: match[2] ?? '' });
  }
  return tags.length === 0 ? null : tags;
}

/** Whether one of the tags is the given one, by the weak comparison, which If-None-Match asks for. */
export function matchesWeakly(tags: EntityTags, tag: string): boolean {
  return tags === '*' || tags.some(({ value }) => `"${value}"` === tag);
}

/** The versions that If-Match allows, by the strong comparison; tags that no version can have are left out. */
export function strongVersions(tags: readonly EntityTag[]): readonly number[] {
  return tags
    .filter(({ weak, value }) => !weak && /^[1-9]\d{0,9}$/.test(value) && Number(value) <= HIGHEST_VERSION)
    .map(({ value }) => Number(value));
}
