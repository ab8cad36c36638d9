import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Replica } from '@tributary/e2e';
import { until } from '@tributary/service/testing';
import { supervise } from './supervision.ts';

/** A replica that a test ends. */
function fakeReplica(name: string) {
  const state = { runs: true, starts: 0 };
  const replica = {
    name,
    isRunning: () => state.runs,
    async restart() {
      state.runs = true;
      state.starts++;
    },
  } as Replica;
  return { replica, state };
}

test('a process that ended by itself is started again, and counted', async (t) => {
  const [one, other] = [fakeReplica('writer-0'), fakeReplica('writer-1')];
  const supervision = supervise([one.replica, other.replica]);
  t.after(() => supervision.stop());
  one.state.runs = false;
  await until('it runs again', () => one.state.runs);
  assert.deepEqual(supervision.ended, ['writer-0']);
  assert.deepEqual([one.state.starts, other.state.starts], [1, 0]);
});

test('a process that a fault ended is left alone until the fault is over', async (t) => {
  const [broken, other] = [fakeReplica('writer-0'), fakeReplica('writer-1')];
  const supervision = supervise([broken.replica, other.replica]);
  t.after(() => supervision.stop());
  await supervision.without(broken.replica, async () => {
    broken.state.runs = false;
    other.state.runs = false;
    await until('all were looked at', () => other.state.runs);
    assert.equal(broken.state.starts, 0);
  });
  await until('it runs again', () => broken.state.runs);
  assert.deepEqual(supervision.ended, ['writer-1', 'writer-0']);
});
