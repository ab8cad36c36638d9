import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Changes, type ReadModel, ReadModelError, type ReadModelErrorCode } from '../read-model.ts';

/** One empty store. */
export interface ReadModelUnderTest {
  /** A replica's view of the store; always the same one where there can be only one. */
  open(): Promise<ReadModel>;
  /** Whether `open` gives independent replicas. */
  replicas: boolean;
  stop(): Promise<void>;
}

export type StartReadModel = () => Promise<ReadModelUnderTest>;

/** A store for one test, and two replicas over it: the same one twice where there can be only one. */
export async function emptyStore(t: TestContext, start: StartReadModel) {
  const store = await start();
  t.after(() => store.stop());
  const readModel = await store.open();
  return { readModel, replica: store.replicas ? await store.open() : readModel };
}

/** The same with a read model that has been built. */
export async function builtStore(t: TestContext, start: StartReadModel, changes: Partial<Changes> = {}) {
  const store = await emptyStore(t, start);
  const build = await store.readModel.beginBuild(60_000);
  assert(build);
  await build.add({ products: [], outcomes: [], ...changes });
  await build.publish(new Map());
  return store;
}

export function rejectsWith(code: ReadModelErrorCode, promise: Promise<unknown>): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert(error instanceof ReadModelError, `not a ReadModelError: ${error}`);
    assert.equal(error.code, code);
    return true;
  });
}
