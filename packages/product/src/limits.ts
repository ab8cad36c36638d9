/** The limits of a product, in code points after trimming. */
export const NAME_MAX_CODE_POINTS = 250;
export const DESCRIPTION_MAX_CODE_POINTS = 5_000;

/** A price has at most 15 digits: what a JSON number carries without loss. */
export const PRICE_MAX_INTEGER_DIGITS = 11;
export const PRICE_MAX_FRACTION_DIGITS = 4;

export const IDEMPOTENCY_KEY_MAX_CODE_POINTS = 255;
/** As long as a subject of OpenID Connect may be (Core 1.0, section 2). */
export const CALLER_MAX_CODE_POINTS = 255;

export const SEARCH_MAX_CODE_POINTS = 200;
export const SEARCH_MAX_TERMS = 10;
/** A longer run of letters is one term, cut here. */
export const TERM_MAX_CODE_POINTS = 32;

/** The size of a page, by cursor or by number. */
export const PAGE_MAX_SIZE = 100;
/** The size of a page by cursor when the client names none. */
export const PAGE_DEFAULT_SIZE = 20;
/** A page by number may not end beyond this many matches; a total counts to here and no further. */
export const MATCHES_MAX_COUNTED = 10_000;
