import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCursorKey } from './cursor-key.ts';

test('the key is made once, for this user alone, and differs between folders', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = openCursorKey(join(folder, 'one'));
  assert(key.secret.length >= 32);
  assert.deepEqual(openCursorKey(join(folder, 'one')), key);
  assert.equal(statSync(join(folder, 'one')).mode & 0o777, 0o600);
  assert.notDeepEqual(openCursorKey(join(folder, 'other')).secret, key.secret);
});
