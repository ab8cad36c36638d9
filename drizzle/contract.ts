import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { MigratableDatabase } from './lock.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import {
  MigrationError,
  type MigrationErrorCode,
  migrateDown,
  migrateUp,
  migrationStatus,
  plannedDown,
} from './steps.ts';

/** What every database must keep to, whichever driver reaches it. `open` gives a new, empty one. */
export function stepsContract(name: string, open: (t: TestContext) => Promise<MigratableDatabase>): void {
  describe(`migrations, step by step: ${name}`, () => {
    test('up, down and up again give the same schema, and down leaves nothing behind', async (t) => {
      const database = await open(t);
      const empty = await schemaOf(database);
      await migrateUp(database);
      const built = await schemaOf(database);
      assert.ok(built.length > empty.length);

      await migrateDown(database, { to: 'nothing' });
      assert.deepEqual(await schemaOf(database), empty);
      await migrateUp(database);
      assert.deepEqual(await schemaOf(database), built);
    });

    test('each migration is undone by its own file', async (t) => {
      const database = await open(t);
      for (const { number, name: step } of readMigrations()) {
        const before = await schemaOf(database);
        assert.deepEqual(await migrateUp(database, { to: number }), [step]);
        assert.deepEqual(await migrateDown(database), [step]);
        assert.deepEqual(await schemaOf(database), before);
        await migrateUp(database, { to: number });
      }
    });

    test('steps and the migrator of drizzle go on from one another', async (t) => {
      const [stepwise, atOnce] = [await open(t), await open(t)];
      await migrateUp(stepwise);
      await migrate(atOnce);
      assert.deepEqual(await schemaOf(stepwise), await schemaOf(atOnce));
      assert.deepEqual(await journalOf(stepwise), await journalOf(atOnce));

      await migrate(stepwise);
      assert.deepEqual(await migrateUp(atOnce), []);
      await migrateDown(atOnce, { to: 'nothing' });
      await migrate(atOnce);
      assert.deepEqual(await schemaOf(stepwise), await schemaOf(atOnce));
      assert.deepEqual(await journalOf(stepwise), await journalOf(atOnce));
    });

    test('go as far as they are told', async (t) => {
      const database = await open(t);
      const folder = migrationsIn(t, {
        '0000_one': ['create table one (id int)', 'drop table one'],
        '0001_two': ['create table two (id int)', 'drop table two'],
        '0002_three': ['alter table one add column more text', 'alter table one drop column more'],
      });
      const states = async () => (await migrationStatus(database, { folder })).map(({ state }) => state);

      assert.deepEqual(await migrateUp(database, { folder, to: 1 }), ['0000_one', '0001_two']);
      assert.deepEqual(await states(), ['applied', 'applied', 'pending']);
      assert.deepEqual(await migrateUp(database, { folder }), ['0002_three']);
      assert.deepEqual(await plannedDown(database, { folder, to: 0 }), ['0002_three', '0001_two']);
      assert.deepEqual(await states(), ['applied', 'applied', 'applied']);
      assert.deepEqual(await migrateDown(database, { folder }), ['0002_three']);
      assert.deepEqual(await migrateDown(database, { folder, to: 0 }), ['0001_two']);
      assert.deepEqual(await states(), ['applied', 'pending', 'pending']);
      assert.deepEqual(await migrateDown(database, { folder, to: 'nothing' }), ['0000_one']);
      assert.deepEqual(await migrateDown(database, { folder }), []);
      await rejectsWith('UNKNOWN_MIGRATION', migrateUp(database, { folder, to: 7 }));
      await rejectsWith('UNKNOWN_MIGRATION', migrateDown(database, { folder, to: 7 }));
    });

    test('a step that fails changes nothing, and those before it stand', async (t) => {
      const database = await open(t);
      const folder = migrationsIn(t, {
        '0000_one': ['create table one (id int)', 'drop table one;--> statement-breakpoint\nselect 1 / 0'],
        '0001_two': ['create table two (id int)', 'drop table two'],
        '0002_broken': ['create table three (id int);--> statement-breakpoint\nselect 1 / 0', 'drop table three'],
      });
      await assert.rejects(migrateUp(database, { folder }));
      const afterUp = await schemaOf(database);
      assert.deepEqual(tablesIn(afterUp), ['one', 'two']);
      assert.equal((await journalOf(database)).length, 2);

      await assert.rejects(migrateDown(database, { folder, to: 'nothing' }));
      assert.deepEqual(tablesIn(await schemaOf(database)), ['one']);
      assert.equal((await journalOf(database)).length, 1);
    });

    test('a file that changed after it was applied shows', async (t) => {
      const database = await open(t);
      const folder = migrationsIn(t, { '0000_one': ['create table one (id int)', 'drop table one'] });
      await migrateUp(database, { folder });
      writeFileSync(join(folder, '0000_one.sql'), 'create table one (id bigint)');
      assert.deepEqual(await migrationStatus(database, { folder }), [
        { number: 0, name: '0000_one', state: 'changed' },
      ]);
    });

    test('what drizzle would pass over, or another version has applied, is refused', async (t) => {
      const database = await open(t);
      const one = ['create table one (id int)', 'drop table one'] as const;
      const two = ['create table two (id int)', 'drop table two'] as const;
      await migrateUp(database, { folder: migrationsIn(t, { '0000_one': one, '0001_two': two }) });
      const older = migrationsIn(t, { '0000_one': one });
      await rejectsWith('NEWER_DATABASE', migrateDown(database, { folder: older }));
      assert.deepEqual(await migrateUp(database, { folder: older }), []);

      await database.execute(sql`delete from drizzle.__drizzle_migrations where created_at = 1000`);
      await rejectsWith(
        'MISSED',
        migrateUp(database, { folder: migrationsIn(t, { '0000_one': one, '0001_two': two }) }),
      );
    });
  });
}

/** A folder of migrations, as drizzle-kit lays it out, with the statements up and down of each. */
function migrationsIn(t: TestContext, steps: Readonly<Record<string, readonly [up: string, down: string]>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-migrations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'meta'));
  const entries = Object.keys(steps).map((tag, idx) => ({ idx, tag, when: (idx + 1) * 1000, breakpoints: true }));
  writeFileSync(
    join(folder, 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  for (const [tag, [up, down]] of Object.entries(steps)) {
    writeFileSync(join(folder, `${tag}.sql`), up);
    writeFileSync(join(folder, `${tag}.down.sql`), down);
  }
  return folder;
}

/** Everything in a database that a migration may have made, a line each, in order. */
async function schemaOf(database: MigratableDatabase): Promise<string[]> {
  const { rows } = await (database as NodePgDatabase).execute<{ line: string }>(sql`
    with ours as (
      select oid, nspname from pg_namespace
      where nspname !~ '^pg_' and nspname <> 'information_schema'
    )
    select line from (
      select 'schema ' || nspname from ours
      union all
      select concat_ws(' ', c.relkind, nspname, c.relname) from pg_class c join ours on ours.oid = c.relnamespace
      union all
      select concat_ws(' ', 'column', nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'v', 'm')
      join ours on ours.oid = c.relnamespace
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped
      union all
      select concat_ws(' ', 'constraint', nspname, c.conname, pg_get_constraintdef(c.oid))
      from pg_constraint c join ours on ours.oid = c.connamespace
      union all
      select concat_ws(' ', 'index', schemaname, indexname, indexdef)
      from pg_indexes join ours on ours.nspname = schemaname
      union all
      select concat_ws(' ', 'type', nspname, t.typname) from pg_type t join ours on ours.oid = t.typnamespace
      union all
      select concat_ws(' ', 'function', nspname, p.oid::regprocedure) from pg_proc p join ours on ours.oid = p.pronamespace
      union all
      select concat_ws(' ', 'trigger', c.relname, pg_get_triggerdef(t.oid))
      from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal
    ) as found (line)
    order by line
  `);
  return rows.map(({ line }) => line);
}

/** The tables of the schema `public` among the lines of a schema. */
function tablesIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^r public (\w+)$/.exec(line)?.[1] ?? []);
}

async function journalOf(database: MigratableDatabase): Promise<unknown[]> {
  const { rows } = await (database as NodePgDatabase).execute(
    sql`select hash, created_at::text from drizzle.__drizzle_migrations order by created_at`,
  );
  return rows;
}

async function rejectsWith(code: MigrationErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof MigrationError && error.code === code);
}
