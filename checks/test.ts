import { requireChromium, startEngines } from '@tributary/engines';
import { projectFiles } from './files.ts';
import { runStaticChecks } from './static.ts';
import { inOrder, printSlowest, runTask, timed } from './tasks.ts';

const HELP = `npm test [-- STAGE ...]

Runs every check and test, or only the named stages:

  static  types, lint, format, import rules, generated files
  unit    *.unit.test.ts: no servers
  int     *.int.test.ts: every adapter against real Kafka, PostgreSQL, Redis and MongoDB's stand-in
  e2e     *.e2e.test.ts: the whole system, embedded and on the real engines

The engines are started once, privately for this run, and stopped at its end.
`;

const stages = ['static', 'unit', 'int', 'e2e'] as const;
type Stage = (typeof stages)[number];

/** Test files at once: as many as the smallest machine that runs them has cores. */
const CONCURRENCY = 2;

function testFiles(stage: Stage, env: Record<string, string>): () => Promise<void> {
  return async () => {
    const files = await projectFiles(`*.${stage}.test.ts`);
    if (files.length === 0) throw new Error(`no ${stage} tests found`);
    const concurrency = stage === 'e2e' ? 1 : CONCURRENCY;
    await runTask({
      name: `${stage} tests`,
      command: [
        'node',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=TimeoutNegativeWarning',
        '--test',
        `--test-concurrency=${concurrency}`,
        '--test-timeout=300000',
        ...files,
      ],
      env,
      live: stage !== 'unit',
    });
  };
}

async function withEngines(run: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const engines = await engineSet;
  await run({
    TEST_KAFKA_BROKERS: engines.addresses.kafkaBrokers.join(','),
    TEST_POSTGRES_URL: engines.addresses.postgresUrl,
    TEST_MONGO_URL: engines.addresses.mongoUrl,
    TEST_REDIS_URL: engines.addresses.redisUrl,
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.includes(name as Stage));
if (unknown.length > 0 || wanted.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(unknown.length > 0 && !wanted.includes('--help') ? 2 : 0);
}
const runs = (stage: Stage) => wanted.length === 0 || wanted.includes(stage);

const needsEngines = runs('int') || runs('e2e');
const engineSet = timed('engines up', () => startEngines(needsEngines ? ['kafka', 'postgres', 'mongo', 'redis'] : []));
engineSet.catch(() => {}); // reported by whoever needs the engines
const browser = runs('e2e') ? timed('browser', () => requireChromium()) : Promise.resolve();
browser.catch(() => {}); // reported by the tests that need it

try {
  await inOrder(
    ...(runs('static') ? [runStaticChecks] : []),
    ...(runs('unit') ? [testFiles('unit', {})] : []),
    ...(runs('int') ? [() => withEngines((env) => testFiles('int', env)())] : []),
    ...(runs('e2e') ? [() => browser.then(() => withEngines((env) => testFiles('e2e', env)()))] : []),
  );
  process.stdout.write('\nall checks and tests passed\n');
} catch (error) {
  process.stderr.write(`\nfailed: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await engineSet.then((engines) => engines.stop()).catch(() => {});
  printSlowest(8);
}
