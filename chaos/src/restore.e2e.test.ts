import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Replica, startDeployment, startProcess } from '@tributary/e2e';
import { startEngines, startSystemPostgres } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { check, describeViolation } from './checker/index.ts';
import { committedIn, sentIn } from './counts.ts';
import { drain } from './drain.ts';
import { createRecorder } from './history/recorder.ts';
import { startLoad } from './load/load.ts';
import { watchDeployment, withDatabase } from './systems/on-engines.ts';

/** Fixes what clients choose, not the interleaving. */
const SEED = 8_128;
const DATABASE = 'tributary';

test('restored from a dump that was taken under load, nothing that was told or published is contradicted', async (t) => {
  const report = (line: string) => t.diagnostic(line);
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  const postgres = await startSystemPostgres({ report });
  t.after(() => postgres.stop());
  await postgres.query(`create database ${DATABASE}`);
  const set = await startEngines(['kafka', 'mongo', 'redis'], { report });
  t.after(() => set.stop());
  const deployment = await startDeployment(1, {
    engines: { ...set.addresses, postgresUrl: postgres.url(DATABASE) },
  });
  t.after(() => deployment.discard());
  const { gateways, grpc, services } = deployment;
  const settings = { DATABASE_URL: postgres.url(DATABASE), KAFKA_BROKERS: set.addresses.kafkaBrokers.join(',') };
  const recover = () => startProcess('recovery', 'workers/writer/src/recovery/main.ts', settings);
  const writer = replicaOf('writer', services);

  const recorder = createRecorder(join(folder, 'history.jsonl'));
  const load = startLoad({ gateways, grpc, recorder, seed: SEED, clients: 8, restMs: 30 });
  t.after(() => load.stop());
  const [committed, sent] = [committedIn(recorder.entries), sentIn(recorder.entries)];
  const more = (what: string, count: () => number, wanted: number) => {
    const before = count();
    return until(`${wanted} more commands were ${what}`, () => count() >= before + wanted, 60_000);
  };

  await more('committed', committed, 80);
  const dump = join(folder, 'write-model.dump');
  await postgres.dump(DATABASE, dump);
  await more('committed', committed, 150);

  report('losing PostgreSQL …');
  const early = recover();
  assert.equal(await early.ended(60_000), 1, early.output());
  assert.match(early.output(), /\[WRITERS_RUN\]/);
  await writer.kill('SIGKILL');
  await until('nobody is connected', () =>
    postgres.query(`alter database ${DATABASE} rename to lost`).then(
      () => true,
      () => false,
    ),
  );
  await postgres.query(`create database ${DATABASE}`);
  await postgres.restore(dump, DATABASE);
  await more('sent', sent, 10);

  report('recovering …');
  const recovery = recover();
  assert.equal(await recovery.ended(60_000), 0, recovery.output());
  report(recovery.output().trim());
  const [, adopted, undecided] = /adopted (\d+) outcomes; (\d+) commands/.exec(recovery.output()) ?? [];
  assert(Number(adopted) >= 100, 'outcomes were published after the dump');
  assert(Number(undecided) >= 1, 'commands were accepted while there was no database');
  await assertSameRows(postgres.url('lost'), postgres.url(DATABASE));

  await writer.restart();
  await more('committed', committed, 40);
  await load.stop();
  const { pending, evidence } = watchDeployment(deployment, set.addresses.kafkaBrokers);
  assert.equal(await drain({ pending }, recorder.entries, 120_000, report), null);

  const ops = startProcess('ops', 'operations/src/main.ts', {}, [
    ...['read-model', 'rebuild', '--yes', '--json'],
    ...['--admin', new URL(replicaOf('projector', services).adminUrl).host],
  ]);
  assert.equal(await ops.ended(60_000), 0, ops.output());
  await set.engines.redis.kill();
  await set.engines.redis.restart();

  await recorder.close();
  const history = recorder.entries.toSorted((a, b) => a.n - b.n);
  const violations = check({ history, evidence: await evidence([]), observations: [] });
  const shown = violations.slice(0, 5).map(describeViolation).join('\n\n');
  assert.equal(violations.length, 0, `${violations.length} violations\n${shown}\nsee ${folder}`);
  await rm(folder, { recursive: true });
});

function replicaOf(service: string, services: readonly Replica[]): Replica {
  const found = services.find((replica) => replica.service === service);
  assert(found);
  return found;
}

/** What was restored and recovered is, times included, what was lost; less only what had not been published. */
async function assertSameRows(lost: string, recovered: string): Promise<void> {
  const rows = (url: string, table: string, key: string) =>
    withDatabase(url, async (query) => {
      const found = await query<{ key: string; row: string }>(
        `select ${key}::text as key, to_json(one)::text as row from ${table} as one`,
      );
      return new Map(found.map(({ key, row }) => [key, row]));
    });
  const before = await rows(lost, 'inbox', 'command_id');
  const after = await rows(recovered, 'inbox', 'command_id');
  assert(after.size > 0);
  for (const [commandId, row] of after) assert.equal(row, before.get(commandId));

  const unpublished = [...before].filter(([commandId]) => !after.has(commandId));
  const changed = new Set(unpublished.map(([, row]) => (JSON.parse(row) as { aggregate_id: string }).aggregate_id));
  const products = await rows(lost, 'products', 'id');
  for (const [id, row] of await rows(recovered, 'products', 'id'))
    if (!changed.has(id)) assert.equal(row, products.get(id));
}
