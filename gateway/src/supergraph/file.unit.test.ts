import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Logger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { openSupergraphFile } from './file.ts';
import { SupergraphError } from './supergraph-error.ts';

/** A file that says `first`, followed: what was loaded of it, and what was logged as an error. */
async function given(
  t: TestContext,
  prepare?: (folder: string, path: string) => Promise<void>,
  { everyMs = 5 }: { everyMs?: number } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-supergraph-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'supergraph.graphql');
  await (prepare ? prepare(folder, path) : writeFile(path, 'first'));
  const file = await openSupergraphFile(path);
  assert.equal(file.sdl, 'first');
  const loaded: string[] = [];
  const errors: Record<string, unknown>[] = [];
  const seen = { unreadable: 0 };
  const followed = file.follow({
    load(sdl) {
      loaded.push(sdl);
      if (sdl === 'broken') throw new SupergraphError('SUPERGRAPH_INVALID', 'no supergraph');
    },
    onUnreadable() {
      seen.unreadable += 1;
    },
    logger: { error: (fields: Record<string, unknown>) => void errors.push(fields) } as unknown as Logger,
    everyMs,
  });
  t.after(() => followed.stop());
  const untilLoaded = (...expected: string[]) =>
    until(`it is ${expected}`, () => loaded.length >= expected.length).then(() => assert.deepEqual(loaded, expected));
  const replace = async (text: string) => {
    await writeFile(join(folder, 'next'), text);
    await rename(join(folder, 'next'), path);
  };
  return { folder, path, followed, loaded, errors, seen, untilLoaded, replace };
}

test('what is put in its place is loaded, once', async (t) => {
  const { path, folder, replace, untilLoaded } = await given(t);
  await replace('second');
  await untilLoaded('second');
  // As long as the one before, and of the same time: only the file itself is another.
  await writeFile(join(folder, 'next'), 'third!');
  await utimes(join(folder, 'next'), 1, 1);
  await utimes(path, 1, 1);
  await untilLoaded('second', 'second');
  await rename(join(folder, 'next'), path);
  await untilLoaded('second', 'second', 'third!');
});

test('what is being written is waited for', async (t) => {
  const everyMs = 300;
  const { path, loaded, untilLoaded } = await given(t, undefined, { everyMs });
  // For longer than two looks; a pause of the writer that is as long would be the end of what it writes.
  const endMs = performance.now() + 3 * everyMs;
  let written = 0;
  for (; performance.now() < endMs; written += 1) await appendFile(path, '.');
  const whole = `first${'.'.repeat(written)}`;
  await untilLoaded(whole);
  assert.deepEqual(loaded, [whole]);
});

test('a symbolic link that leads elsewhere is followed, as Kubernetes replaces the files of a ConfigMap', async (t) => {
  const { folder, untilLoaded } = await given(t, async (folder, path) => {
    await writeFile(join(folder, 'a'), 'first');
    await symlink(join(folder, 'a'), join(folder, '..data'));
    await symlink(join(folder, '..data'), path);
  });
  await writeFile(join(folder, 'b'), 'second');
  await symlink(join(folder, 'b'), join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await untilLoaded('second');
});

test('a file that cannot be loaded is logged with the reason, once, and the next one is loaded', async (t) => {
  const { path, errors, replace, untilLoaded } = await given(t);
  await replace('broken');
  await untilLoaded('broken');
  await replace('mended');
  await untilLoaded('broken', 'mended');
  assert.deepEqual(errors, [{ path, code: 'SUPERGRAPH_INVALID', reason: 'no supergraph' }]);
});

test('a file that is gone is told of once, and loaded when it is back', async (t) => {
  const { path, errors, seen, replace, untilLoaded } = await given(t);
  await rm(path);
  await until('it is missed', () => seen.unreadable > 0);
  await replace('back');
  await untilLoaded('back');
  assert.equal(seen.unreadable, 1);
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]?.reason), /^ENOENT/);
});

test('a reload loads the file although it has not changed, and tells again that it is gone', async (t) => {
  const { path, followed, seen, untilLoaded } = await given(t);
  followed.reload();
  await untilLoaded('first');
  followed.reload();
  await untilLoaded('first', 'first');
  await rm(path);
  await until('it is missed', () => seen.unreadable === 1);
  followed.reload();
  await until('it is missed again', () => seen.unreadable === 2);
});

test('a file that cannot be read to begin with is refused', async () => {
  await assert.rejects(openSupergraphFile('/nowhere/supergraph.graphql'), {
    name: 'StartError',
    code: 'SUPERGRAPH_UNREADABLE',
    message: /ENOENT/,
  });
});
