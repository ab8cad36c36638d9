import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import { kafkaVariables } from './kafka-variables.ts';

const read = (env: Record<string, string>) => readConfig(kafkaVariables, env);

test('Kafka is reached in the clear by nobody, unless it is said otherwise', () => {
  const { KAFKA_TLS, KAFKA_CREDENTIALS } = read({});
  assert.deepEqual([KAFKA_TLS, KAFKA_CREDENTIALS], [null, null]);
});

test('TLS trusts the authorities of Node, or those of a file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-ca-'));
  t.after(() => rm(folder, { recursive: true }));
  const [good, bad] = [join(folder, 'ca.pem'), join(folder, 'not.pem')];
  const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  await writeFile(good, ca);
  await writeFile(bad, 'nothing');
  assert.deepEqual(read({ KAFKA_TLS: 'on' }).KAFKA_TLS, {});
  assert.deepEqual(read({ KAFKA_TLS: good }).KAFKA_TLS, { ca });
  for (const [text, problem] of [
    [bad, 'is a file without a certificate in PEM'],
    [join(folder, 'absent.pem'), 'is neither on nor off nor a file that can be read'],
    ['yes', 'is neither on nor off nor a file that can be read'],
  ] as const)
    assert.throws(() => read({ KAFKA_TLS: text }), { problems: [`KAFKA_TLS=${text}: ${problem}`] });
});

test('credentials name a mechanism, a user and a password, and are never printed', () => {
  assert.deepEqual(read({ KAFKA_CREDENTIALS: 'scram-sha-512:tributary:pass:word' }).KAFKA_CREDENTIALS, {
    mechanism: 'scram-sha-512',
    username: 'tributary',
    password: 'pass:word',
  });
  const problem =
    'KAFKA_CREDENTIALS: is not <mechanism>:<user>:<password>, the mechanism being plain, scram-sha-256 or scram-sha-512';
  for (const text of ['tributary:geheim', 'md5:tributary:geheim', 'plain:tributary:', 'plain::geheim'])
    assert.throws(() => read({ KAFKA_CREDENTIALS: text }), { problems: [problem] }, text);
});
