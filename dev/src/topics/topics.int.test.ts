import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { engineAddresses, uniqueName } from '@tributary/engines';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { silentLogger } from '@tributary/service';
import { ensureTopics } from './table.ts';

const { kafkaBrokers: brokers } = await engineAddresses(['kafka']);
const log = await createKafkaEventLog({ brokers, clientId: 'topics-test', logger: silentLogger() });
after(() => log.close());

test('the table shows what is there', async () => {
  const name = uniqueName('topics');
  const topic = { name, partitions: 3, retentionMs: 7_200_000 };
  assert.match((await ensureTopics(log, [topic]))[1]!, new RegExp(`^${name} +3 +2 h +0$`));
  const record = { key: 'k', value: Buffer.from('v'), headers: {} };
  await log.publish(name, [record, record], { deadlineMs: 10_000 });
  const [header, row] = await ensureTopics(log, [{ ...topic, retentionMs: 86_400_000 }]);
  assert.match(header!, /^topic +partitions +retention +records$/);
  assert.match(row!, new RegExp(`^${name} +3 +1 day +2$`));
  await assert.rejects(ensureTopics(log, [{ ...topic, partitions: 4 }]), { code: 'TOPIC_MISMATCH' });
});

/** Runs `npm run topics`. */
function command(kafkaBrokers: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  return new Promise((resolve) => {
    const env = { ...process.env, KAFKA_BROKERS: kafkaBrokers };
    execFile(process.execPath, [...flags, main], { env }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('the command makes the topics of the project', async () => {
  const { exitCode, stdout, stderr } = await command(brokers.join(','));
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^products\.commands\.v1 +6 +3 days +\d+$/m);
  assert.match(stdout, /^products\.events\.v1 +6 +7 days +\d+$/m);
  assert.match(stdout, /^products\.commands\.v1\.dlq +1 +30 days +\d+$/m);
  assert.match(stdout, /^products\.events\.v1\.dlq +1 +30 days +\d+$/m);
});

test('the command tells in one line that Kafka is away', async () => {
  const { exitCode, stdout, stderr } = await command('127.0.0.1:1');
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(stderr, /^topics: Kafka does not answer at 127\.0\.0\.1:1 .*\n$/);
});
