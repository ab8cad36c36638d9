import type { GraphQLFormattedError } from 'graphql';

/** What GraphQL calls request errors: the operation never began, and its answer has no data entry. */
const REQUEST_ERROR_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

/**
 * Whether an answer without data is still 200: GraphQL over HTTP wants that for request errors in `application/json`,
 * since such a client cannot tell an error of the graph from one of a proxy. Only clients that name this type get it so:
 * for those that take anything, the status says what the answer holds.
 * https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function isOkInPlainJson(
  accept: string | undefined,
  data: unknown,
  errors: readonly GraphQLFormattedError[],
): boolean {
  return (
    data === undefined &&
    errors.length > 0 &&
    errors.every(({ extensions }) => REQUEST_ERROR_CODES.has(extensions?.code)) &&
    prefersPlainJson(accept ?? '')
  );
}

/** Whether `application/json` is named and `application/graphql-response+json` is not wanted more, or as much and before it. */
export function prefersPlainJson(accept: string): boolean {
  const ranges = accept.toLowerCase().split(',').map(rangeOf);
  const find = (type: string) => ranges.find((range) => range.type === type);
  const plain = find('application/json');
  if (!plain || plain.quality === 0) return false;
  const named = find('application/graphql-response+json');
  const other = named ?? find('application/*') ?? find('*/*');
  if (!other || other.quality < plain.quality) return true;
  // At the same quality the one that is named comes before a wildcard, and of two names the first.
  return other.quality === plain.quality && (!named || ranges.indexOf(plain) < ranges.indexOf(named));
}

function rangeOf(range: string): { type: string; quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) };
}
