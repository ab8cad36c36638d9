import { z } from 'zod';
import { ImportError, type Reason } from '../problem.ts';

/** Why a row has no outcome yet, and the least time before it is worth another attempt. */
export interface Trouble extends Reason {
  readonly retryAfterMs: number;
}

/** What an answer says of one row. */
export type RowAnswer<T> =
  | { readonly value: T }
  /** The row's input is refused, for good. */
  | { readonly refused: Reason }
  | { readonly trouble: Trouble };

/** What came over HTTP. */
export interface HttpAnswer {
  /** The endpoint, for people. */
  readonly endpoint: string;
  readonly status: number;
  readonly retryAfterMs: number;
  readonly text: string;
}

const body = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z
          .object({ code: z.string().optional(), problems: z.array(z.object({ message: z.string() })).optional() })
          .optional(),
      }),
    )
    .optional(),
});
type Body = z.output<typeof body>;
type GraphQLError = NonNullable<Body['errors']>[number];

/** The operation itself is refused, so that no retry can help. */
const HOPELESS: ReadonlySet<string | undefined> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
]);
/** Refusals of HTTP that pass. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Reads the answer to an operation over many rows.
 * @param shape what the field of a row must look like to be worth anything
 * @throws ImportError when it comes from no such gateway, or one that will never take the operation
 */
export function readAnswer<T>(http: HttpAnswer, rows: number, shape: z.ZodType<T>): RowAnswer<T>[] {
  const { endpoint, status, retryAfterMs } = http;
  const { data, errors } = parseBody(http);
  const hopeless = errors.find(({ extensions }) => HOPELESS.has(extensions?.code));
  if (hopeless) throw new ImportError(`${endpoint} refuses the operation: ${hopeless.message}`);
  const isPassing = status < 400 || status >= 500 || PASSING.has(status);
  if (!isPassing && !errors.some(({ path }) => path))
    throw new ImportError(`${endpoint} refuses the operation: ${errors[0]?.message ?? `HTTP ${status}`}`);

  return Array.from({ length: rows }, (_, n): RowAnswer<T> => {
    const error = errors.find(({ path }) => path?.[0] === `p${n}`);
    if (error?.extensions?.code === 'BAD_USER_INPUT') return { refused: reasonOf(error) };
    const field = shape.safeParse(data?.[`p${n}`]);
    if (!error && field.success) return { value: field.data };
    // Where a field must not be null, an error of one row takes the answers of all.
    const known = error ?? errors[0];
    const reason = known ? reasonOf(known) : { code: 'NO_ANSWER', reason: `HTTP ${status}` };
    return { trouble: { ...reason, retryAfterMs } };
  });
}

function parseBody({ endpoint, status, text }: HttpAnswer): { data: Body['data']; errors: readonly GraphQLError[] } {
  const { data, errors } = parseJson(text) ?? {};
  if (data || errors?.length) return { data, errors: errors ?? [] };
  if (status >= 500 || PASSING.has(status)) return { data, errors: [] };
  throw new ImportError(`${endpoint} answers HTTP ${status}, but not as Tributary's gateway does: is --url right?`);
}

function parseJson(text: string): Body | undefined {
  try {
    return body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function reasonOf({ message, extensions }: GraphQLError): Reason {
  const problems = extensions?.problems?.map((problem) => problem.message).join('; ');
  return { code: extensions?.code ?? 'NO_ANSWER', reason: problems || message };
}
