import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { kinds, type Variables } from './config.ts';

/** How connections to Kafka are encrypted. */
export interface KafkaTls {
  /** Certificates of the authorities to trust, PEM. Default: Node's. */
  readonly ca?: string;
}

export interface KafkaCredentials {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

const tls = z.string().transform((text, context): KafkaTls | null => {
  if (text === 'off') return null;
  if (text === 'on') return {};
  try {
    const ca = readFileSync(text, 'utf8');
    if (ca.includes('-----BEGIN CERTIFICATE-----')) return { ca };
    context.addIssue('is a file without a certificate in PEM');
  } catch {
    context.addIssue('is neither on nor off nor a file that can be read');
  }
  return z.NEVER;
});

const CREDENTIALS = /^(plain|scram-sha-256|scram-sha-512):([^:]+):(.+)$/;

const credentials = z.string().transform((text, context): KafkaCredentials | null => {
  if (text === '') return null;
  const [, mechanism, username, password] = CREDENTIALS.exec(text) ?? [];
  if (mechanism && username && password)
    return { mechanism: mechanism as KafkaCredentials['mechanism'], username, password };
  context.addIssue('is not <mechanism>:<user>:<password>, the mechanism being plain, scram-sha-256 or scram-sha-512');
  return z.NEVER;
});

/** What every process that uses Kafka reads. */
export const kafkaVariables = {
  KAFKA_BROKERS: {
    schema: kinds.addresses,
    default: '127.0.0.1:19092',
    doc: 'Kafka bootstrap servers, host:port, separated by commas.',
  },
  KAFKA_TLS: {
    schema: tls,
    default: 'off',
    doc: "Whether connections to Kafka are encrypted: `off`, `on`, or a file (PEM) with the certificates of the authorities to trust in place of Node's.",
  },
  KAFKA_CREDENTIALS: {
    schema: credentials,
    default: '',
    doc: 'Who the process is to Kafka: `<mechanism>:<user>:<password>`, the mechanism (SASL) being `plain`, `scram-sha-256` or `scram-sha-512`. Empty: nobody.',
    secret: true,
  },
  KAFKA_REPLICATION_FACTOR: {
    schema: kinds.positive,
    default: '1',
    doc: 'Replicas of a topic that has to be created; 3 in production.',
  },
  KAFKA_MIN_INSYNC_REPLICAS: {
    schema: kinds.positive,
    default: '1',
    doc: 'Replicas that must have a record before it counts as published, for a topic that has to be created; 2 in production.',
  },
  COMMANDS_RETENTION_MS: {
    schema: kinds.deadlineMs,
    default: '259200000',
    doc: "How long the commands topic keeps records, in milliseconds; must be less than the writer's inbox keeps them (7 days).",
  },
  EVENTS_RETENTION_MS: {
    schema: kinds.deadlineMs,
    default: '604800000',
    doc: 'How long the events topic keeps records, in milliseconds.',
  },
} as const satisfies Variables;
