import { createHash } from 'node:crypto';
import { SEARCH_MAX_CODE_POINTS, SEARCH_MAX_TERMS, TERM_MAX_CODE_POINTS } from './limits.ts';
import { accepted, type Parsed, refused } from './parsed.ts';
import { isLonger } from './text.ts';

// Tab and line breaks separate words like a space.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_EXCEPT_SPACE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/;
const DIACRITICS = /[\u0300-\u036f]/g;
// A mark alone is no word: the variation selector of an emoji would otherwise be one.
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

/**
 * The terms of a text, distinct, in order of appearance: NFKD, diacritics stripped, lower case, NFC, runs of letters,
 * digits and marks that begin with a letter or digit, each cut at 32 code points. The only tokenizer there is: stores
 * keep these and never make their own.
 */
export function searchTerms(text: string): string[] {
  const folded = text.normalize('NFKD').replace(DIACRITICS, '').toLowerCase().normalize('NFC');
  const terms = new Set<string>();
  for (const [word] of folded.matchAll(WORD)) terms.add(cut(word));
  return [...terms];
}

function cut(word: string): string {
  return word.length <= TERM_MAX_CODE_POINTS ? word : [...word].slice(0, TERM_MAX_CODE_POINTS).join('');
}

/** What a search asks for. */
export type Search =
  | { readonly matches: 'everything' }
  | { readonly matches: 'nothing' }
  /** Every term must begin a word of the name or the description. */
  | { readonly matches: 'terms'; readonly terms: readonly string[] };

/** A search text: absent or empty finds everything, a text without a term finds nothing. */
export function parseSearch(value: unknown): Parsed<Search> {
  if (value === undefined || value === null || value === '') return accepted({ matches: 'everything' });
  if (typeof value !== 'string') return refused('NOT_TEXT', 'the search is not text');
  if (isLonger(value, SEARCH_MAX_CODE_POINTS))
    return refused('TOO_LONG', `the search is longer than ${SEARCH_MAX_CODE_POINTS} characters`);
  if (!value.isWellFormed()) return refused('MALFORMED_UNICODE', 'the search is not well-formed Unicode');
  if (CONTROL_EXCEPT_SPACE.test(value)) return refused('CONTROL_CHARACTER', 'the search has a control character');
  if (value.trim() === '') return accepted({ matches: 'everything' });
  const terms = searchTerms(value);
  if (terms.length > SEARCH_MAX_TERMS)
    return refused('TOO_MANY_TERMS', `the search has more than ${SEARCH_MAX_TERMS} words`);
  return accepted(terms.length === 0 ? { matches: 'nothing' } : { matches: 'terms', terms });
}

/** Tells the searches of two cursors apart: the same terms in any order give the same text of 16 characters. */
export function termsHash(search: Search): string {
  const terms = search.matches === 'terms' ? [...search.terms].sort() : [search.matches.toUpperCase()];
  return createHash('sha256').update(JSON.stringify(terms)).digest('base64url').slice(0, 16);
}

/** Rank 0 when every term begins a word of the name, 1 when every term begins a word of name or description, else null. */
export function rankOf(product: { name: string; description: string }, terms: readonly string[]): 0 | 1 | null {
  const nameTerms = searchTerms(product.name);
  if (terms.every((term) => beginsAny(term, nameTerms))) return 0;
  const allTerms = [...nameTerms, ...searchTerms(product.description)];
  return terms.every((term) => beginsAny(term, allTerms)) ? 1 : null;
}

function beginsAny(term: string, words: readonly string[]): boolean {
  return words.some((word) => word.startsWith(term));
}
