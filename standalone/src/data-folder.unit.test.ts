import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { silentLogger } from '@tributary/service';
import { openDataFolder, resetDataFolder } from './data-folder.ts';

const parent = mkdtempSync(join(tmpdir(), 'tributary-data-'));
after(() => rmSync(parent, { recursive: true, force: true }));

test('a folder is made when only it itself is missing', () => {
  const folder = openDataFolder(join(parent, 'made'));
  assert(existsSync(folder.path));
  assert.throws(() => openDataFolder(join(parent, 'missing', 'deep')), {
    code: 'DATA_FOLDER_MISSING',
    message: /--data/,
  });
});

test('a file is no data folder', () => {
  writeFileSync(join(parent, 'file'), '');
  for (const path of [join(parent, 'file'), join(parent, 'file', 'inside')])
    assert.throws(() => openDataFolder(path), { code: 'DATA_FOLDER_MISSING', message: /file is a file/ });
});

test('a folder that this user may not make is refused with what to do', { skip: process.getuid?.() !== 0 }, () => {
  const NOBODY = 65_534;
  process.seteuid?.(NOBODY);
  try {
    assert.throws(() => openDataFolder(join(parent, 'denied')), {
      code: 'DATA_FOLDER_DENIED',
      message: /may not be written by this user: .*--data/,
    });
  } finally {
    process.seteuid?.(0);
  }
});

test('a reset deletes the stores and nothing else', async () => {
  const folder = openDataFolder(join(parent, 'reset'));
  mkdirSync(folder.writeModelFolder);
  const kept = join(folder.path, 'notes.txt');
  const stores = [folder.eventLogFile, `${folder.readModelFile}-wal`, join(folder.writeModelFolder, 'x')];
  for (const file of [kept, ...stores]) writeFileSync(file, '');
  await resetDataFolder(folder, silentLogger());
  assert.deepEqual(
    [kept, ...stores].map((file) => existsSync(file)),
    [true, false, false, false],
  );
});

test('a reset of stores in use is refused', async () => {
  const folder = openDataFolder(join(parent, 'used'));
  const log = createEmbeddedEventLog({ file: folder.eventLogFile, logger: silentLogger() });
  await assert.rejects(resetDataFolder(folder, silentLogger()), { code: 'IN_USE' });
  assert(existsSync(folder.eventLogFile));
  await log.close();
});
