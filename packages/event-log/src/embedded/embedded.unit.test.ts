import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { eventLogContract } from '../contract.ts';
import { deadLettersContract } from '../dead-letters/contract.ts';
import { createEmbeddedEventLog } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const logger = silentLogger();
let count = 0;
const nextFile = () => join(folder, `log-${count++}.sqlite`);
const deadline = { deadlineMs: 1_000 };

const startEmbedded = async () => {
  const log = createEmbeddedEventLog({ file: nextFile(), logger });
  return {
    log,
    replica: null,
    topicName: () => `topic-${count++}`,
    leftoverGroups: null,
    stop: () => log.close(),
  };
};
eventLogContract('embedded', startEmbedded);
deadLettersContract('embedded', startEmbedded);

test('a second process is told that the file is in use', () => {
  const file = nextFile();
  const log = createEmbeddedEventLog({ file, logger });
  const module = new URL('./index.ts', import.meta.url).href;
  const script = `
    import { createEmbeddedEventLog } from ${JSON.stringify(module)};
    try { createEmbeddedEventLog({ file: ${JSON.stringify(file)}, logger: console }); } catch (error) { console.log(error.code); }`;
  const open = () =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
  assert.equal(open().stdout.trim(), 'IN_USE');
  return log.close();
});

test('records and offsets outlive the process', async () => {
  const file = nextFile();
  const topic = { name: 't', partitions: 1, retentionMs: 60_000 };
  const first = createEmbeddedEventLog({ file, logger });
  await first.ensureTopics([topic]);
  await first.publish('t', [{ key: 'k', value: Buffer.from('v'), headers: { h: '1' } }], deadline);
  await first.close();
  await assert.rejects(first.publish('t', [], deadline), { code: 'CLOSED' });
  const second = createEmbeddedEventLog({ file, logger });
  await second.ensureTopics([topic]);
  assert.deepEqual([...(await second.offsets('t'))], [[0, { start: 0n, end: 1n }]]);
  await second.close();
});

test('records go when their time is over; their offsets are never given again', async () => {
  let nowMs = 1_000_000;
  const log = createEmbeddedEventLog({ file: nextFile(), logger, nowMs: () => nowMs, retentionCheckMs: 5 });
  await log.ensureTopics([{ name: 't', partitions: 1, retentionMs: 1_000 }]);
  const publish = () => log.publish('t', [{ key: 'k', value: Buffer.from('v'), headers: {} }], deadline);
  for (let n = 0; n < 3; n++) await publish();
  nowMs += 1_001;
  const end = Date.now() + 5_000;
  while ((await log.offsets('t')).get(0)?.start !== 3n) {
    assert(Date.now() < end, 'expired records are still there');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(await publish(), [{ partition: 0, offset: 3n }]);
  await log.close();
});
