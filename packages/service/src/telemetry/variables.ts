import { z } from 'zod';
import { kinds, oneOf, type Variables } from '../config.ts';

const ratio = z
  .string()
  .regex(/^(?:0|1|0?\.\d{1,9})$/, 'is not a number from 0 to 1')
  .transform(Number);

const KEEPABLE = ['errors', 'slow', 'none'];
const kept = kinds.words.refine(
  (words) => words.every((word) => KEEPABLE.includes(word)),
  'is not a list of errors, slow, or none',
);

/** What every process reads of its traces. */
export const telemetryVariables = {
  TRACES_EXPORTER: {
    schema: oneOf('none', 'otlp', 'jaeger'),
    default: 'none',
    doc: 'Where traces go: nowhere, to a collector by OTLP over HTTP, or to Jaeger by Thrift over HTTP.',
  },
  TRACES_ENDPOINT: {
    schema: kinds.text,
    default: '',
    doc: "The collector's or Jaeger's address. Empty: `http://127.0.0.1:4318/v1/traces` for `otlp`, `http://127.0.0.1:14268/api/traces` for `jaeger`.",
  },
  TRACES_SAMPLE_RATIO: {
    schema: ratio,
    default: '0.01',
    doc: 'How many of the traces that begin in a process are recorded, from 0 to 1. A trace that a caller has begun is recorded if the caller says so.',
  },
  TRACES_KEEP: {
    schema: kept,
    default: 'errors,slow',
    doc: 'What is kept of traces that are not recorded: operations and commands with `errors`, and `slow` ones, each as a single span; `none` for nothing.',
  },
  TRACES_SLOW_MS: {
    schema: kinds.deadlineMs,
    default: '1000',
    doc: 'From when on an operation or a command counts as slow, in milliseconds.',
  },
} as const satisfies Variables;
