import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startEngines } from '@tributary/engines';
import { compare } from './comparison.ts';
import { machine } from './machine.ts';
import { HELP, readOptions } from './options.ts';
import { type Result, runCases } from './run.ts';
import { suites } from './suites.ts';
import { table } from './table.ts';

const report = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const { only, rounds, out } = options;
  const isWanted = (name: string) => only.length === 0 || only.some((prefix) => name.startsWith(prefix));
  const mayBeWanted = (kind: string) => isWanted(kind) || only.some((prefix) => prefix.startsWith(kind));
  const wanted = suites(options).filter(({ kinds }) => kinds.some(mayBeWanted));
  if (wanted.length === 0) throw new Error(`--only ${only.join(', ')}: there is no such case`);

  const startedMs = Date.now();
  const engines = wanted.some(({ stack }) => stack === 'engines')
    ? await startEngines(['kafka', 'postgres', 'mongo', 'redis'])
    : null;
  if (engines) {
    process.env.TEST_KAFKA_BROKERS = engines.addresses.kafkaBrokers.join(',');
    process.env.TEST_POSTGRES_URL = engines.addresses.postgresUrl;
    process.env.TEST_MONGO_URL = engines.addresses.mongoUrl;
    process.env.TEST_REDIS_URL = engines.addresses.redisUrl;
  }
  const results: Result[] = [];
  try {
    for (const { stack, start } of wanted) {
      const { cases, stop } = await start(engines);
      const chosen = cases.filter(({ name }) => isWanted(name));
      results.push(...(await runCases(chosen, { stack, rounds, report })));
      await stop();
    }
  } finally {
    await engines?.stop();
  }

  process.stdout.write(`${table(results)}\n`);
  if (out === null) return;
  mkdirSync(dirname(out), { recursive: true });
  const { seconds } = options;
  const measuredAt = new Date(startedMs).toISOString();
  const page = { measuredAt, machine: machine(), rounds, seconds, results, comparisons: compare(results) };
  writeFileSync(out, `${JSON.stringify(page, null, 2)}\n`);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exit(1);
}
