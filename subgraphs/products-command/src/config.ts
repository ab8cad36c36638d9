import {
  kafkaVariables,
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
  ...kafkaVariables,
  PORT: { schema: kinds.port, default: '4101', doc: 'Port of the GraphQL server.' },
  ADMIN_PORT: { schema: kinds.port, default: '9401', doc: 'Port of /livez, /readyz and /metrics.' },
  WRITER_ADDRESS: {
    schema: kinds.addresses,
    default: '127.0.0.1:5002',
    doc: 'Where the writers answer gRPC, host:port, separated by commas.',
  },
  PUBLISH_DEADLINE_MS: {
    schema: kinds.deadlineMs,
    default: '3000',
    doc: 'How long a command may wait for the acknowledgement of the commands topic, in milliseconds.',
  },
  OUTCOME_WAIT_MS: {
    schema: kinds.ms,
    default: '5000',
    doc: 'How long a mutation waits for its outcome before it answers PENDING, in milliseconds.',
  },
  MAX_WAITING_COMMANDS: {
    schema: kinds.positive,
    default: '10000',
    doc: 'Commands that one process holds at once; one more is refused before it is sent.',
  },
} as const satisfies Variables;

export type CommandSubgraphConfig = Values<typeof variables>;

/** @throws ConfigError with all problems at once. */
export function readCommandSubgraphConfig(env: Readonly<Record<string, string | undefined>>): CommandSubgraphConfig {
  return readConfig(variables, env);
}
