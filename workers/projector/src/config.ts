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

const roles = ['reader', 'projector'] as const;
export type Role = (typeof roles)[number];

export const variables = {
  ...processVariables,
  ...telemetryVariables,
  ...kafkaVariables,
  ...operationsVariables,
  ROLES: {
    schema: kinds.list
      .refine((words) => words.every(isRole), `holds another word than ${roles.join(' and ')}`)
      .transform((words) => words.filter(isRole)),
    default: 'reader,projector',
    doc: 'What the process does: `projector` keeps the read model, `reader` answers from it, separated by commas.',
  },
  GRPC_PORT: { schema: kinds.port, default: '5003', doc: 'Port of the gRPC server of the reader.' },
  ADMIN_PORT: { schema: kinds.port, default: '9404', doc: 'Port of /livez, /readyz and /metrics.' },
  MONGODB_URL: {
    schema: connectionString('mongodb', 'mongodb+srv'),
    default: 'mongodb://127.0.0.1:17017',
    doc: 'MongoDB of the read model.',
    secret: true,
  },
  MONGODB_DATABASE: { schema: kinds.text, default: 'tributary', doc: 'Database of the read model.' },
  REDIS_URL: {
    schema: connectionString('redis', 'rediss'),
    default: 'redis://127.0.0.1:16379',
    doc: 'Redis of the product cache.',
    secret: true,
  },
  REDIS_KEY_PREFIX: {
    schema: kinds.text,
    default: 'tributary:products:',
    doc: 'What every key in Redis begins with.',
  },
  CACHE_TTL_MS: {
    schema: kinds.deadlineMs,
    default: '600000',
    doc: 'How long a cached product may live, in milliseconds.',
  },
  WRITER_ADDRESS: {
    schema: kinds.addresses,
    default: '127.0.0.1:5002',
    doc: 'Where the writers answer gRPC, host:port, separated by commas.',
  },
  OUTCOMES_RETENTION_MS: {
    schema: kinds.deadlineMs,
    default: '604800000',
    doc: 'How long the outcome of a command can be read, in milliseconds; as INBOX_RETENTION_MS of the writer. Each takes about 250 bytes for so long.',
  },
  MAX_WAITING_READS: {
    schema: kinds.positive,
    default: '10000',
    doc: 'Reads that may wait for a version at once; more are refused.',
  },
} as const satisfies Variables;

export type ProjectorConfig = Values<typeof variables>;

/** @throws ConfigError with all problems at once. */
export function readProjectorConfig(env: Readonly<Record<string, string | undefined>>): ProjectorConfig {
  return readConfig(variables, env);
}

function isRole(word: string): word is Role {
  return (roles as readonly string[]).includes(word);
}
