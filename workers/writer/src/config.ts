import {
  connectionString,
  kafkaVariables,
  kinds,
  operationsVariables,
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
  ...operationsVariables,
  GRPC_PORT: { schema: kinds.port, default: '5002', doc: 'Port of the gRPC server.' },
  ADMIN_PORT: { schema: kinds.port, default: '9403', doc: 'Port of /livez, /readyz and /metrics.' },
  DATABASE_URL: {
    schema: connectionString('postgres', 'postgresql'),
    default: 'postgres://tributary:tributary@127.0.0.1:15432/tributary',
    doc: 'PostgreSQL of the write model, with user, password and database.',
    secret: true,
  },
  DATABASE_MAX_CONNECTIONS: {
    schema: kinds.positive,
    default: '10',
    doc: 'Connections to PostgreSQL that one writer opens at most.',
  },
  INBOX_RETENTION_MS: {
    schema: kinds.deadlineMs,
    default: '604800000',
    doc: 'How long a command, its outcome and its idempotency key are remembered, in milliseconds; more than COMMANDS_RETENTION_MS. Each command takes about 300 bytes for so long.',
  },
  MAX_BATCH_COMMANDS: {
    schema: kinds.positive,
    default: '500',
    doc: 'Commands that one transaction decides at most.',
  },
  MAX_OUTBOX_BACKLOG: {
    schema: kinds.positive,
    default: '100000',
    doc: 'Decided events that may wait for Kafka before no more commands are decided.',
  },
} as const satisfies Variables;

export type WriterConfig = Values<typeof variables>;

/** @throws ConfigError with all problems at once. */
export function readWriterConfig(env: Readonly<Record<string, string | undefined>>): WriterConfig {
  return readConfig(variables, env);
}
