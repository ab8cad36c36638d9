import { z } from 'zod';

/** One environment variable: how its text becomes a value, and what the configuration table says of it. */
export interface Variable<T = unknown> {
  /** From the variable's text to its value. */
  readonly schema: z.ZodType<T, string>;
  /** The text that an absent or empty variable stands for. Without one the variable is required. */
  readonly default?: string;
  /** What it sets, with its unit: one sentence for the configuration table. */
  readonly doc: string;
  /** Never printed. */
  readonly secret?: boolean;
}

export type Variables = Readonly<Record<string, Variable>>;

/** The values of a table of variables, under the variables' own names. */
export type Values<V extends Variables> = {
  [Name in keyof V]: z.output<V[Name]['schema']>;
};

/** All that is wrong with the configuration, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n  ${problems.join('\n  ')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the variables of a table from the environment.
 * @throws ConfigError with every malformed or missing variable at once.
 */
export function readConfig<V extends Variables>(
  variables: V,
  env: Readonly<Record<string, string | undefined>>,
): Values<V> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const text = env[name] || variable.default;
    if (text === undefined) {
      problems.push(`${name} is missing: ${variable.doc}`);
      continue;
    }
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(
        `${name}${variable.secret ? '' : `=${text}`}: ${parsed.error.issues.map((issue) => issue.message).join(', ')}`,
      );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<V>;
}

const ms = z
  .string()
  .regex(/^\d{1,13}$/, 'is not a whole number of milliseconds')
  .transform(Number);
const count = z
  .string()
  .regex(/^\d{1,9}$/, 'is not a whole number')
  .transform(Number);
const words = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const list = words.refine((parts) => parts.length > 0, 'is an empty list');

const ADDRESS = /^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i;

function isAddress(text: string): boolean {
  const port = Number(ADDRESS.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
}

/** The kinds of value that variables have. */
export const kinds = {
  text: z.string(),
  port: z
    .string()
    .regex(/^\d{1,5}$/, 'is not a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'is not a port number'),
  ms,
  /** For a time within which something has to happen. */
  deadlineMs: ms.refine((value) => value > 0, 'is not a whole number of milliseconds above 0'),
  bytes: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number of bytes')
    .transform(Number),
  count,
  positive: count.refine((value) => value > 0, 'is not a whole number above 0'),
  /** Separated by commas; there may be none. */
  words,
  /** Separated by commas, at least one. */
  list,
  /** Replicas of a server, by name or address. */
  addresses: list.refine((parts) => parts.every(isAddress), 'is not a list of host:port'),
  switch: z.enum(['on', 'off'], 'is neither on nor off').transform((text) => text === 'on'),
} as const;

/** One of a fixed set of words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, `is none of ${words.join(', ')}`);
}

/** Where a server is and how to reach it, as its client reads it: which may name several hosts, as no URL does. */
export function connectionString<const Schemes extends readonly [string, ...string[]]>(...schemes: Schemes) {
  const pattern = new RegExp(`^(?:${schemes.map((scheme) => scheme.replace('+', '\\+')).join('|')})://\\S+$`);
  return z.string().regex(pattern, `does not begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
}

/** What every process reads. */
export const processVariables = {
  HOST: { schema: kinds.text, default: '127.0.0.1', doc: 'Address that servers bind to.' },
  LOG_LEVEL: {
    schema: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    doc: 'Least severe level that is logged.',
  },
  LOG_FORMAT: {
    schema: oneOf('auto', 'pretty', 'json'),
    default: 'auto',
    doc: 'Form of the log; `auto` is pretty on a terminal and JSON otherwise.',
  },
  STOP_TIMEOUT_MS: {
    schema: kinds.ms,
    default: '10000',
    doc: 'How long a stop may take before what is left is cut off, in milliseconds.',
  },
} as const satisfies Variables;

/** What every process reads that an operator can have do something. */
export const operationsVariables = {
  ADMIN_TOKEN: {
    schema: kinds.text,
    default: '',
    doc: "What an operator's command line must show on the admin port. Empty: none is needed, but only callers from this machine are answered.",
    secret: true,
  },
} as const satisfies Variables;
