import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { operation } from '@tributary/service';
import { z } from 'zod';
import { givenProcess } from './testing/given-process.ts';
import { ops } from './testing/ops.ts';

test('Ctrl-C ends the operation in the process and the command line with 130', async (t) => {
  const begun = Promise.withResolvers<void>();
  const abandoned = Promise.withResolvers<void>();
  const given = await givenProcess([
    operation('read-model.verify', z.strictObject({}), async (_, { signal }) => {
      begun.resolve();
      await once(signal, 'abort');
      abandoned.resolve();
    }),
  ]);
  t.after(() => given.stop());
  const { exitCode, stdout, stderr } = await ops(['read-model', 'verify'], {
    env: { TRIBUTARY_ADMIN: given.address },
    onStart: (child) => void begun.promise.then(() => child.kill('SIGINT')),
  });
  assert.deepEqual([exitCode, stdout, stderr], [130, '', 'ops: interrupted (INTERRUPTED)\n']);
  await abandoned.promise;
});

test('whoever has read enough is not told that there was more', async () => {
  const { exitCode, stderr } = await ops(['--help'], { onStart: (child) => child.stdout?.destroy() });
  assert.deepEqual([exitCode, stderr], [0, '']);
});
