import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@tributary/engines';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { stepsContract } from './contract.ts';
import { migrate } from './migrate.ts';
import { migrateDown, migrateUp, migrationStatus } from './steps.ts';

/** A new database by its address, and pools to it, which all end with the test. */
async function newDatabase(t: TestContext) {
  const { url, drop } = await createTestDatabase();
  const pools: pg.Pool[] = [];
  t.after(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await drop();
  });
  const open = () => {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    pools.push(pool);
    return drizzle(pool);
  };
  return { url, open };
}

stepsContract('PostgreSQL', async (t) => (await newDatabase(t)).open());

test('processes that go up and down at once do so one after another', async (t) => {
  const { open } = await newDatabase(t);
  const databases = Array.from({ length: 6 }, open);
  await Promise.all(
    databases.map((database, n) => {
      if (n % 3 === 0) return migrate(database);
      return n % 3 === 1 ? migrateUp(database) : migrateDown(database, { to: 'nothing' });
    }),
  );
  const [database] = databases as [(typeof databases)[0]];
  await migrateUp(database);
  assert.ok((await migrationStatus(database)).every(({ state }) => state === 'applied'));
});

/** Runs `npm run migrate` as a script does, without a terminal. */
function command(url: string, ...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: url };
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, ...args],
      { env },
      (error, stdout, stderr) => resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('the command goes up, shows where it is, and goes down only when told so', async (t) => {
  const { url } = await newDatabase(t);
  const before = await command(url, 'status');
  assert.deepEqual([before.exitCode, before.stderr], [1, '']);
  assert.match(before.stdout, /^0000_write_model +pending$/m);

  assert.match((await command(url, 'up')).stdout, /^applied: 0000_write_model/);
  assert.equal((await command(url, 'up')).stdout, 'nothing to apply\n');
  assert.equal((await command(url, 'status')).exitCode, 0);

  const refused = await command(url, 'down', '--to', 'nothing');
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /^migrate: Undo .*0000_write_model .*no terminal to ask on: say --yes.*\n$/);
  assert.equal((await command(url, 'status')).exitCode, 0);

  const done = await command(url, 'down', '--to', 'nothing', '--yes');
  assert.match(done.stdout, /^undone: .*0000_write_model\n$/);
  assert.equal((await command(url, 'status')).exitCode, 1);
});

test('the command tells in one line that PostgreSQL is away, and not its password', async () => {
  const { exitCode, stderr } = await command('postgres://tributary:secret@127.0.0.1:1/there', 'up');
  assert.equal(exitCode, 1);
  assert.match(stderr, /^migrate: database there on 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*\n$/);
  assert.doesNotMatch(stderr, /secret/);
});
