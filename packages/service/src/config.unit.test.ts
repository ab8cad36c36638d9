import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, kinds, oneOf, readConfig, type Variables } from './config.ts';
import { kafkaVariables } from './kafka-variables.ts';

const variables = {
  PORT: { schema: kinds.port, default: '4000', doc: 'Port.' },
  WAIT_MS: { schema: kinds.ms, default: '50', doc: 'Wait.' },
  BROKERS: { schema: kinds.list, doc: 'Brokers.' },
  MODE: { schema: oneOf('fast', 'safe'), default: 'safe', doc: 'Mode.' },
  KEY: { schema: kinds.text.min(8, 'is shorter than 8 characters'), default: 'long enough', doc: 'Key.', secret: true },
} as const satisfies Variables;

test('absent and empty variables take their defaults', () => {
  const config = readConfig(variables, { BROKERS: 'a:1, b:2', MODE: '' });
  assert.deepEqual(config, { PORT: 4000, WAIT_MS: 50, BROKERS: ['a:1', 'b:2'], MODE: 'safe', KEY: 'long enough' });
});

test('an address has a host and a port', () => {
  const read = (KAFKA_BROKERS: string) => readConfig(kafkaVariables, { KAFKA_BROKERS }).KAFKA_BROKERS;
  assert.deepEqual(read('kafka-1:9092, 10.0.0.7:9092,[::1]:9092'), ['kafka-1:9092', '10.0.0.7:9092', '[::1]:9092']);
  for (const text of [
    'kafka',
    'kafka:',
    ':9092',
    'kafka:0',
    'kafka:70000',
    'kafka:9092/x',
    'tcp://kafka:9092',
    'a:1,b',
  ])
    assert.throws(() => read(text), { problems: [`KAFKA_BROKERS=${text}: is not a list of host:port`] }, text);
});

test('what would let nothing through is refused', () => {
  const env = { KAFKA_REPLICATION_FACTOR: '0', KAFKA_MIN_INSYNC_REPLICAS: '0', EVENTS_RETENTION_MS: '0' };
  assert.throws(() => readConfig(kafkaVariables, env), {
    problems: [
      'KAFKA_REPLICATION_FACTOR=0: is not a whole number above 0',
      'KAFKA_MIN_INSYNC_REPLICAS=0: is not a whole number above 0',
      'EVENTS_RETENTION_MS=0: is not a whole number of milliseconds above 0',
    ],
  });
});

test('every problem is told at once, a secret never', () => {
  assert.throws(
    () => readConfig(variables, { PORT: '70000', WAIT_MS: 'soon', MODE: 'slow', KEY: 'geheim' }),
    (error) => {
      assert(error instanceof ConfigError);
      assert.equal(error.code, 'BAD_CONFIG');
      assert.deepEqual(error.problems, [
        'PORT=70000: is not a port number',
        'WAIT_MS=soon: is not a whole number of milliseconds',
        'BROKERS is missing: Brokers.',
        'MODE=slow: is none of fast, safe',
        'KEY: is shorter than 8 characters',
      ]);
      assert.doesNotMatch(error.message, /geheim/);
      return true;
    },
  );
});
