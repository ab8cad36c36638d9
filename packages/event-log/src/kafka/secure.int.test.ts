import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort, startEngines, uniqueName } from '@tributary/engines';
import { kafkaVariables, readConfig, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { EventLogError } from '../event-log.ts';
import { createKafkaClient, type KafkaClientOptions } from './client.ts';
import { createKafkaEventLog, openKafkaEventLog } from './index.ts';

const run = promisify(execFile);
const [USER, PASSWORD] = ['tributary', 'never:in the clear'];
const STORE_PASSWORD = 'of-the-store';

const folder = await mkdtemp(join(tmpdir(), 'tributary-secure-'));
after(() => rm(folder, { recursive: true }));
const [store, caFile] = [join(folder, 'broker.p12'), join(folder, 'ca.pem')];
const inStore = ['-alias', 'broker', '-keystore', store, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD];
const certificate = ['-keyalg', 'EC', '-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1', '-validity', '2'];
await run('keytool', ['-genkeypair', ...inStore, ...certificate]);
await run('keytool', ['-exportcert', '-rfc', ...inStore, '-file', caFile]);

const port = await freePort(3);
const securePort = port + 2;
const login = (module: string) => `org.apache.kafka.common.security.${module} required`;
const { stop } = await startEngines(['kafka'], {
  ports: { kafka: port },
  report() {},
  broker: {
    users: { [USER]: PASSWORD },
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1},SECURE://127.0.0.1:${securePort}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.secure.ssl.keystore.location': store,
      'listener.name.secure.ssl.keystore.type': 'PKCS12',
      'listener.name.secure.ssl.keystore.password': STORE_PASSWORD,
      'listener.name.secure.ssl.key.password': STORE_PASSWORD,
      'listener.name.secure.plain.sasl.jaas.config': `${login('plain.PlainLoginModule')} user_${USER}="${PASSWORD}";`,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': `${login('scram.ScramLoginModule')};`,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login('scram.ScramLoginModule')};`,
    },
  },
});
after(stop);

const brokers = [`127.0.0.1:${securePort}`];
const settings = (mechanism: string) =>
  readConfig(kafkaVariables, {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TLS: caFile,
    KAFKA_CREDENTIALS: `${mechanism}:${USER}:${PASSWORD}`,
  });

for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'])
  test(`records are published and consumed over TLS by a user of ${mechanism}`, async (t) => {
    const topic = uniqueName('secure');
    const log = await openKafkaEventLog({
      config: settings(mechanism),
      clientId: 'secure',
      topics: [{ name: topic, partitions: 1, retentionMs: 3_600_000 }],
      logger: silentLogger(),
      signal: t.signal,
    });
    t.after(() => log.close());
    await log.publish(topic, [{ key: 'k', value: Buffer.from(mechanism), headers: {} }], { deadlineMs: 10_000 });
    const seen: string[] = [];
    await log.consume({
      topic,
      group: topic,
      positions: async () => new Map(),
      async handle({ records }) {
        seen.push(...records.map(({ value }) => value.toString()));
      },
    });
    await until('it is consumed', () => seen.length > 0);
    assert.deepEqual(seen, [mechanism]);
  });

test('who is not who they say is told so at once', async () => {
  const { KAFKA_TLS: tls } = settings('plain');
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const)
    for (const [username, password] of [
      [USER, 'guessed'],
      ['nobody', PASSWORD],
    ] as const)
      await assert.rejects(
        createKafkaEventLog({
          ...{ brokers, clientId: 'refused', tls, logger: silentLogger() },
          credentials: { mechanism, username, password },
        }),
        (error: EventLogError) => {
          assert.equal(error.code, 'ACCESS_DENIED');
          assert.match(error.message, /^Kafka refuses KAFKA_CREDENTIALS: /);
          assert.doesNotMatch(error.message, /guessed|never/);
          return true;
        },
      );
});

test('a broker whose certificate nobody vouches for is not talked to, nor does one talk to nobody, or in the clear', async () => {
  const { KAFKA_TLS: tls, KAFKA_CREDENTIALS: credentials } = settings('scram-sha-512');
  const connect = async (options: Partial<KafkaClientOptions>) => {
    const client = createKafkaClient({ brokers, clientId: 'refused', retries: 0, logger: silentLogger(), ...options });
    const admin = client.admin();
    try {
      await admin.connect();
      await admin.describeCluster();
    } finally {
      await admin.disconnect();
    }
  };
  await connect({ tls, credentials });
  await assert.rejects(connect({ tls: {}, credentials }), /self.signed/);
  await assert.rejects(connect({ tls }));
  await assert.rejects(connect({ credentials }));
});
