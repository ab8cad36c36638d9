import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@tributary/service/testing';
import { buildSchema, GraphQLError } from 'graphql';

/** What the tests' servers offer: numbered events, with and without a place to continue from. */
export const schema = buildSchema(`
  type Query { now: Int }
  type Subscription { event(after: String): Int, outcome: Int }
`);

export const EVENTS = 'subscription Events($after: String) { event(after: $after) }';

export interface FeedResult {
  data?: { event: number };
  errors?: readonly GraphQLError[];
  extensions?: { cursor: string };
}

/** A log of numbered events in memory: the cursor after event n is `cn`. */
export interface Feed {
  /** The variables of every request, in order. */
  readonly asked: Record<string, unknown>[];
  /** The cursor behind the last event. */
  cursor(): string;
  publish(): void;
  /** Ends what is followed now with an error. */
  fail(code: string, cursor?: string): void;
  /** The next request is refused with an error. */
  refuseNext(code: string): void;
  /** Follows from a cursor, or from now. Throws the GraphQL error that ends it. */
  follow(variables: Record<string, unknown>): AsyncGenerator<FeedResult, undefined>;
}

export function createFeed(): Feed {
  const asked: Record<string, unknown>[] = [];
  let last = 0;
  let failure: GraphQLError | undefined;
  let refusal: GraphQLError | undefined;

  async function* follow(variables: Record<string, unknown>): AsyncGenerator<FeedResult, undefined> {
    const earlier = failure;
    const { after } = variables;
    let passed = typeof after === 'string' ? Number(after.slice(1)) : last;
    asked.push(variables);
    const refused = refusal;
    refusal = undefined;
    if (refused) throw refused;
    for (;;) {
      while (passed < last) {
        passed += 1;
        yield { data: { event: passed }, extensions: { cursor: `c${passed}` } };
      }
      if (failure !== earlier) throw failure;
      await delay(1, undefined, { ref: false });
    }
  }
  return {
    asked,
    follow,
    cursor: () => `c${last}`,
    publish() {
      last += 1;
    },
    fail(code, cursor) {
      failure = new GraphQLError(code, { extensions: { code, ...(cursor && { cursor }) } });
    },
    refuseNext(code) {
      refusal = new GraphQLError(code, { extensions: { code } });
    },
  };
}

/** As `follow`, for transports that tell an error as the last result. */
export async function* withErrorsAsResults(results: AsyncGenerator<FeedResult>): AsyncGenerator<FeedResult> {
  try {
    yield* results;
  } catch (error) {
    yield { errors: [error as GraphQLError] };
  }
}

/** What a subscription gave. */
export function createRecord() {
  const events: number[] = [];
  const failures: unknown[] = [];
  const ends: string[] = [];
  return {
    events,
    failures,
    ends,
    next(result: { data?: unknown; errors?: unknown }) {
      if (result.errors) failures.push(result.errors);
      else events.push((result.data as { event: number }).event);
    },
    error(error: unknown) {
      failures.push(error);
      ends.push('error');
    },
    complete() {
      ends.push('complete');
    },
  };
}

/** Waits for as many events as are wanted, which must then be these. */
export async function eventsAre(got: readonly number[], wanted: readonly number[]): Promise<void> {
  await until(`the events ${wanted}`, () => got.length >= wanted.length);
  assert.deepEqual(got, wanted);
}
