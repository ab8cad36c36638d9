import type { GraphQLFormattedError } from 'graphql';

/** Why a subscription is refused or ended, in the words that its client reads. */
export const ending = {
  cursorInvalid: {
    message: 'The cursor was not given by this service; subscribe without it to go on from now',
    extensions: { code: 'CURSOR_INVALID' },
  },
  cursorExpired: {
    message: 'Events behind the cursor are no longer kept; subscribe without it to go on from now',
    extensions: { code: 'CURSOR_EXPIRED' },
  },
  slow: {
    message: 'Events came faster than they were read; subscribe again, from the cursor, to miss none',
    extensions: { code: 'SLOW_CONSUMER' },
  },
  unavailable: {
    message: 'Live events are not available now; subscribe again, from the last cursor, to miss none',
    extensions: { code: 'UNAVAILABLE' },
  },
  behind: {
    message: 'The graph could not complete events as fast as they came; subscribe again, from the cursor, to miss none',
    extensions: { code: 'UNAVAILABLE' },
  },
} as const satisfies Readonly<Record<string, GraphQLFormattedError>>;
