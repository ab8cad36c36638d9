import { installObservers, requireChromium, startEngines } from '@tributary/engines';
import { projectFiles } from './files.ts';
import { runStaticChecks } from './static.ts';
import { inOrder, printSlowest, runTask, timed } from './tasks.ts';

const HELP = `npm test [-- STAGE ...]
npm run test:long

Runs every check and test, or only the named stages:

  static  types, lint, format, import rules, generated files
  unit    *.unit.test.ts: no servers
  int     *.int.test.ts: every adapter against real Kafka, PostgreSQL, Redis and MongoDB's stand-in
  e2e     *.e2e.test.ts: the whole system, embedded and on the real engines; those of chaos/ last

The engines are started once, privately for this run, and stopped at its end; before the tests of chaos/, which break
engines of their own.

npm run test:long runs the tests that take long instead (--long): *.long.test.ts, each on what it starts itself. A test
run does not need them; a release does.
`;

const stages = ['static', 'unit', 'int', 'e2e'] as const;
type Stage = (typeof stages)[number];

/** A test file that takes longer than this hangs, in milliseconds. */
const TIMEOUT_MS = 300_000;
const LONG_TIMEOUT_MS = 3_600_000;

/** Test files at once: as many as the smallest machine that runs them has cores. */
const CONCURRENCY = 2;

interface TestRun {
  name: string;
  patterns: readonly string[];
  /** Files at once. */
  concurrency: number;
  timeoutMs: number;
  env: Record<string, string>;
  /** Shown as it comes. */
  live: boolean;
}

async function runTests({ name, patterns, concurrency, timeoutMs, env, live }: TestRun): Promise<void> {
  const files = await projectFiles(...patterns);
  if (files.length === 0) throw new Error(`no ${name} found`);
  await runTask({
    name,
    command: [
      'node',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=TimeoutNegativeWarning',
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${timeoutMs}`,
      ...files,
    ],
    env,
    live,
  });
}

const unitTests = () =>
  runTests({
    name: 'unit tests',
    patterns: ['*.unit.test.ts'],
    concurrency: CONCURRENCY,
    timeoutMs: TIMEOUT_MS,
    env: {},
    live: false,
  });

async function intTests(): Promise<void> {
  await observers;
  await withEngines((env) =>
    runTests({
      name: 'int tests',
      patterns: ['*.int.test.ts'],
      concurrency: CONCURRENCY,
      timeoutMs: TIMEOUT_MS,
      env,
      live: true,
    }),
  );
}

/** One at a time: each is a whole system. */
const whole = { concurrency: 1, timeoutMs: TIMEOUT_MS, env: {}, live: true };

async function e2eTests(): Promise<void> {
  await Promise.all([browser, observers]);
  await withEngines((env) => runTests({ ...whole, name: 'e2e tests', patterns: ['*.e2e.test.ts', ':!chaos/'], env }));
}

/** They break engines of their own: one broker at a time is enough for the machine. */
async function chaosTests(): Promise<void> {
  await engineSet.then((engines) => engines.stop());
  await runTests({ ...whole, name: 'chaos tests', patterns: ['chaos/*.e2e.test.ts'] });
}

const longTests = () =>
  runTests({ ...whole, name: 'long tests', patterns: ['*.long.test.ts'], timeoutMs: LONG_TIMEOUT_MS });

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
const isLong = wanted.length === 1 && wanted[0] === '--long';
const unknown = isLong ? [] : wanted.filter((name) => !stages.includes(name as Stage));
if (unknown.length > 0) {
  process.stdout.write(HELP);
  process.exit(wanted.includes('--help') ? 0 : 2);
}
const runs = (stage: Stage) => !isLong && (wanted.length === 0 || wanted.includes(stage));

const needsEngines = runs('int') || runs('e2e');
const engineSet = timed('engines up', () => startEngines(needsEngines ? ['kafka', 'postgres', 'mongo', 'redis'] : []));
engineSet.catch(() => {}); // reported by whoever needs the engines
/** Jaeger is built from its sources the first time, for minutes: beside what needs no engine. */
const observers = needsEngines ? timed('observers installed', () => installObservers()) : Promise.resolve();
observers.catch(() => {}); // reported by the tests that need them
const browser = runs('e2e') ? timed('browser', () => requireChromium()) : Promise.resolve();
browser.catch(() => {}); // reported by the tests that need it

try {
  await inOrder(
    ...(runs('static') ? [runStaticChecks] : []),
    ...(runs('unit') ? [unitTests] : []),
    ...(runs('int') ? [intTests] : []),
    ...(runs('e2e') ? [e2eTests, chaosTests] : []),
    ...(isLong ? [longTests] : []),
  );
  process.stdout.write('\nall checks and tests passed\n');
} catch (error) {
  process.stderr.write(`\nfailed: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await engineSet.then((engines) => engines.stop()).catch(() => {});
  printSlowest(8);
}
// A run that has failed does not wait for what is installed beside it.
process.exit();
