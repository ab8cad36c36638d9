import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineAddresses } from '@tributary/engines';
import { ops } from '../testing/ops.ts';

const { kafkaBrokers } = await engineAddresses(['kafka']);
const brokers = kafkaBrokers.join(',');

test('the topics of the project are made on Kafka itself, and a second time nothing is', async () => {
  for (let n = 0; n < 2; n++) {
    const { exitCode, stdout, stderr } = await ops(['topics', 'create'], { env: { KAFKA_BROKERS: brokers } });
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^topic +partitions +retention +records$/m);
    assert.match(stdout, /^products\.commands\.v1 +6 +3 days +[\d,]+$/m);
    assert.match(stdout, /^products\.events\.v1 +6 +7 days +[\d,]+$/m);
    assert.match(stdout, /^products\.commands\.v1\.dlq +1 +30 days +[\d,]+$/m);
    assert.match(stdout, /^products\.events\.v1\.dlq +1 +30 days +[\d,]+$/m);
  }
});

test('a retention that is not as configured is found, and changes nothing', async () => {
  const env = { KAFKA_BROKERS: brokers, EVENTS_RETENTION_MS: '3600000' };
  for (let n = 0; n < 2; n++) {
    const { exitCode, stdout } = await ops(['topics', 'check'], { env });
    assert.equal(exitCode, 1);
    assert.match(stdout, /^products\.events\.v1 +6 +7 days .*keeps records for 604800000 ms, not 3600000/m);
  }
});

test('Kafka that is away is told in one line', async () => {
  const { exitCode, stdout, stderr } = await ops(['topics', 'check', '--kafka'], {
    env: { KAFKA_BROKERS: '127.0.0.1:1' },
  });
  assert.deepEqual([exitCode, stdout], [3, '']);
  assert.match(stderr, /^ops: Kafka does not answer at 127\.0\.0\.1:1 .*\(UNREACHABLE\)\n$/);
  const wrong = await ops(['topics', 'check'], { env: { KAFKA_BROKERS: 'nowhere' } });
  assert.deepEqual([wrong.exitCode, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /KAFKA_BROKERS=nowhere/);
});
