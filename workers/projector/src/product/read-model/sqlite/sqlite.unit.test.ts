import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { commandId, committed, present, productId, searchFor } from '../contract/samples.ts';
import { rejectsWith } from '../contract/store.ts';
import { readModelContract } from '../contract.ts';
import type { ReadModel } from '../read-model.ts';
import { createSqliteReadModel } from './index.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'tributary-read-model-'));

readModelContract('SQLite', async () => {
  const folder = newFolder();
  const readModel = createSqliteReadModel({ file: join(folder, 'read-model.sqlite') });
  return {
    open: async () => readModel,
    replicas: false,
    stop: async () => {
      await readModel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

function newFile(t: TestContext): string {
  const folder = newFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'read-model.sqlite');
}

async function build(readModel: ReadModel): Promise<void> {
  const begun = await readModel.beginBuild(60_000);
  assert(begun);
  await begun.add({ products: [present(1), present(2)], outcomes: [committed(1)] });
  await begun.publish(new Map([[3, 7n]]));
}

/** Runs SQL on a file that nobody has open. */
function onFile<T>(file: string, run: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return run(database);
  } finally {
    database.close();
  }
}

const generationsIn = (file: string) =>
  onFile(file, (db) => db.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'products_[0-9]'").all()).length;

test('a read model is there again when its file is opened again', async (t) => {
  const file = newFile(t);
  const first = createSqliteReadModel({ file });
  await build(first);
  await first.apply({ products: [present(2, { version: 2n, name: 'renamed' })], outcomes: [] });
  await first.savePositions(new Map([[3, 8n]]));
  await first.close();

  const second = createSqliteReadModel({ file });
  t.after(() => second.close());
  assert.equal(await second.beginBuild(1), null);
  assert.deepEqual(await second.positions(), new Map([[3, 8n]]));
  assert.deepEqual(await second.outcome(commandId(1)), committed(1).status);
  assert.equal((await second.get([1, 2].map(productId))).size, 2);
  const { hits } = await second.search(searchFor('renamed'));
  assert.deepEqual(
    hits.map(({ product }) => product.version),
    [2n],
  );
});

test('a build that ended with its process leaves nothing, and the next need not wait for its lease', async (t) => {
  const file = newFile(t);
  const first = createSqliteReadModel({ file });
  const begun = await first.beginBuild(60_000);
  await begun?.add({ products: [present(9)], outcomes: [] });
  await first.close();

  const second = createSqliteReadModel({ file });
  t.after(() => second.close());
  assert.equal(await second.positions(), null);
  await build(second);
  assert.equal((await second.get([productId(9)])).size, 0);
  await second.close();
  assert.equal(generationsIn(file), 1);
});

test('an abandoned build leaves nothing in the file', async (t) => {
  const file = newFile(t);
  const readModel = createSqliteReadModel({ file });
  t.after(() => readModel.close());
  const begun = await readModel.beginBuild(60_000);
  await begun?.add({ products: [present(9)], outcomes: [] });
  await begun?.abandon();
  assert.equal(generationsIn(file), 0);
});

test('a file of another layout is built anew', async (t) => {
  const file = newFile(t);
  const first = createSqliteReadModel({ file });
  await build(first);
  await first.close();
  onFile(file, (database) => database.exec('UPDATE pointer SET layout = layout + 1; DROP TABLE outcomes_1'));

  const second = createSqliteReadModel({ file });
  t.after(() => second.close());
  await rejectsWith('NOT_BUILT', second.get([productId(1)]));
  await build(second);
  assert.equal((await second.get([1, 2].map(productId))).size, 2);
  await second.close();
  assert.equal(generationsIn(file), 1);
});

test('changes that cannot all be stored are not stored at all', async (t) => {
  const file = newFile(t);
  const readModel = createSqliteReadModel({ file });
  t.after(() => readModel.close());
  await build(readModel);
  const unstorable = present(4, { version: 2n ** 63n });
  await assert.rejects(readModel.apply({ products: [present(3), unstorable], outcomes: [committed(3)] }));
  assert.equal((await readModel.get([productId(3)])).size, 0);
  assert.equal(await readModel.outcome(commandId(3)), null);
  await readModel.apply({ products: [present(3)], outcomes: [] });
  assert.equal((await readModel.get([productId(3)])).size, 1);
});

test('a file that is no database is refused', (t) => {
  const file = newFile(t);
  writeFileSync(file, 'no database'.repeat(1_000));
  assert.throws(() => createSqliteReadModel({ file }), /not a database/);
});
