import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { readMigrateOptions, variables } from './config.ts';
import { stepsContract } from './contract.ts';
import { downFile, readMigrations } from './migrations.ts';

stepsContract('PGlite', async (t) => {
  const client = await PGlite.create();
  t.after(() => client.close());
  return drizzle(client);
});

test('every migration has its way down, and is numbered as it is named', () => {
  const migrations = readMigrations();
  assert.ok(migrations.length > 0);
  for (const [index, { number, name }] of migrations.entries()) {
    assert.ok(existsSync(downFile(name)), `migrations/${name}.down.sql is missing: write what undoes ${name}.sql`);
    assert.equal(number, index);
    assert.equal(Number(name.slice(0, 4)), number);
  }
});

test('the database is the one that the writer uses', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith('| `DATABASE_URL`'));
  assert.ok(row?.includes(`\`${variables.DATABASE_URL.default}\` (writer)`), row);
});

test('what is asked for in a wrong way is refused, in one line', () => {
  for (const args of [
    [],
    ['sideways'],
    ['up', 'down'],
    ['up', '--to', 'yesterday'],
    ['up', '--to', 'nothing'],
    ['status', '--to', '1'],
    ['down', '--force'],
    ['down', '--to', '-1'],
  ])
    assert.throws(() => readMigrateOptions(args, {}), { code: 'BAD_USAGE', message: /^.+$/ }, args.join(' '));
  assert.equal(readMigrateOptions(['down', '--help'], {}), null);
  const options = readMigrateOptions(['down', '--to', '0001', '--yes'], { DATABASE_URL: 'postgres://there/it' });
  assert.deepEqual(options, { verb: 'down', to: 1, yes: true, config: { DATABASE_URL: 'postgres://there/it' } });
});
