import {
  kinds,
  processVariables,
  readConfig,
  telemetryVariables,
  type Values,
  type Variables,
} from '@tributary/service';

export const variables = {
  ...processVariables,
  ...telemetryVariables,
  PORT: { schema: kinds.port, default: '4102', doc: 'Port of the GraphQL server.' },
  ADMIN_PORT: { schema: kinds.port, default: '9402', doc: 'Port of /livez, /readyz and /metrics.' },
  READER_ADDRESS: {
    schema: kinds.addresses,
    default: '127.0.0.1:5003',
    doc: 'Where the readers answer gRPC, host:port, separated by commas.',
  },
  READ_WAIT_MS: {
    schema: kinds.ms.refine((ms) => ms <= 10_000, 'is more than 10000'),
    default: '2000',
    doc: 'How long a read waits for the version that it must have at least before it answers STALE_READ, in milliseconds; at most 10000.',
  },
  READ_DEADLINE_MS: {
    schema: kinds.deadlineMs,
    default: '2000',
    doc: 'How long a read may take beside that wait, in milliseconds.',
  },
} as const satisfies Variables;

export type QuerySubgraphConfig = Values<typeof variables>;

/** @throws ConfigError with all problems at once. */
export function readQuerySubgraphConfig(env: Readonly<Record<string, string | undefined>>): QuerySubgraphConfig {
  return readConfig(variables, env);
}
