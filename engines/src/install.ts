import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnginesConfig } from './config.ts';
import { EngineError } from './errors.ts';
import { withLock } from './lock.ts';
import type { Report } from './report.ts';
import { lastLines, run } from './run.ts';

export interface SystemProgram {
  readonly program: string;
  /** What else it is called, elsewhere than on Debian. */
  readonly otherName?: string;
  /** Arguments that make it tell its version and end. */
  readonly probe: readonly string[];
  /** Whether it is new enough. Default: any is. */
  readonly accepts?: (output: string) => boolean;
  /** The oldest version that is accepted. */
  readonly version?: string;
  readonly neededFor: string;
  /** None where the package of the present Debian is too old. */
  readonly debianPackage?: string;
  readonly homebrewFormula?: string;
  /** Where to get it without a package. */
  readonly website?: string;
}

const jdk = {
  neededFor: 'Kafka and the stand-in for MongoDB',
  version: '17',
  accepts: (output: string) => Number(/(\d+)[."]?/.exec(output)?.[1]) >= 17,
  debianPackage: 'default-jdk-headless',
  homebrewFormula: 'openjdk@21',
};
export const programs = {
  java: { ...jdk, program: 'java', probe: ['-version'] },
  javac: { ...jdk, program: 'javac', probe: ['-version'] },
  maven: {
    program: 'mvn',
    probe: ['-version'],
    neededFor: 'fetching Kafka and the stand-in for MongoDB',
    debianPackage: 'maven',
    homebrewFormula: 'maven',
  },
  redis: {
    program: 'redis-server',
    probe: ['--version'],
    neededFor: 'Redis',
    debianPackage: 'redis-server',
    homebrewFormula: 'redis',
  },
  go: {
    program: 'go',
    probe: ['version'],
    neededFor: 'Jaeger, which is built from its Go module,',
    version: '1.22',
    accepts: (output: string) => Number(/go1\.(\d+)/.exec(output)?.[1]) >= 22,
    homebrewFormula: 'go',
    website: 'https://go.dev/dl/',
  },
  prometheus: {
    program: 'prometheus',
    probe: ['--version'],
    neededFor: 'Prometheus',
    debianPackage: 'prometheus',
    homebrewFormula: 'prometheus',
  },
  nodeExporter: {
    program: 'prometheus-node-exporter',
    otherName: 'node_exporter',
    probe: ['--version'],
    neededFor: 'node_exporter',
    debianPackage: 'prometheus-node-exporter',
    homebrewFormula: 'node_exporter',
  },
  redisExporter: {
    program: 'prometheus-redis-exporter',
    otherName: 'redis_exporter',
    probe: ['-version'],
    neededFor: 'the Redis exporter',
    debianPackage: 'prometheus-redis-exporter',
    website: 'https://github.com/oliver006/redis_exporter/releases',
  },
  postgresTools: {
    program: 'pg_dump',
    probe: ['--version'],
    neededFor: 'the test of backups',
    debianPackage: 'postgresql',
    homebrewFormula: 'postgresql@17',
  },
  chromium: {
    program: 'chromium',
    probe: ['--version'],
    neededFor: 'the check of the pages in a real browser',
    debianPackage: 'chromium',
    homebrewFormula: 'chromium',
  },
} satisfies Record<string, SystemProgram>;

/** The name under which it is there, and new enough. */
async function installedName({
  program,
  otherName,
  probe,
  accepts = () => true,
}: SystemProgram): Promise<string | undefined> {
  for (const name of otherName ? [program, otherName] : [program]) {
    const found = await run(name, probe).catch(() => undefined);
    if (found?.ok && accepts(found.output)) return name;
  }
  return undefined;
}

let installing: Promise<unknown> = Promise.resolve();

/**
 * Makes sure that a program of the system is there: installs it (as root, on Debian) or says how to. Resolves with
 * its path.
 */
export async function requireProgram(wanted: SystemProgram, report: Report): Promise<string> {
  let name = await installedName(wanted);
  if (name === undefined) {
    // One after another: engines start side by side, and apt-get takes no two installations at once.
    const own = installing.catch(() => {}).then(() => install(wanted, report));
    installing = own;
    name = await own;
  }
  return pathOf(name);
}

/** Where the shell would find a program that is there. */
async function pathOf(program: string): Promise<string> {
  const { output } = await run('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return output.trim();
}

/** Answers the name of what it has installed. */
async function install(wanted: SystemProgram, report: Report): Promise<string> {
  const { debianPackage } = wanted;
  if (debianPackage === undefined || process.getuid?.() !== 0 || !(await hasApt())) throw missing(wanted);
  const lock = join(readEnginesConfig(process.env).cacheFolder, 'apt-get.lock');
  const waitingFor = 'another process that installs packages';
  return withLock(lock, () => installPackage(wanted, debianPackage, report), { report, waitingFor });
}

async function installPackage(wanted: SystemProgram, debianPackage: string, report: Report): Promise<string> {
  const found = await installedName(wanted);
  if (found !== undefined) return found;
  report(`${wanted.neededFor}: installing the Debian package ${debianPackage} (once)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = '-oDPkg::Lock::Timeout=300';
  await run('apt-get', [lockWait, '-q', 'update'], { env, onLine: aptProgress(report) });
  const { ok, output } = await run(
    'apt-get',
    [lockWait, '-q', 'install', '-y', '--no-install-recommends', debianPackage],
    { env, onLine: aptProgress(report) },
  );
  const installed = ok ? await installedName(wanted) : undefined;
  if (installed === undefined)
    throw new EngineError('INSTALL_FAILED', `apt-get could not install ${debianPackage}:\n${lastLines(output, 8)}`);
  return installed;
}

function hasApt(): Promise<boolean> {
  return run('apt-get', ['--version']).then(
    ({ ok }) => ok,
    () => false,
  );
}

function aptProgress(report: Report): (line: string) => void {
  return (line) => {
    if (/^(Need to get|Fetched|Setting up|E:|Err:)/.test(line)) report(`  ${line}`);
  };
}

function missing({ neededFor, program, version, ...sources }: SystemProgram): EngineError {
  const { debianPackage, homebrewFormula, website } = sources;
  return new EngineError(
    'MISSING_PROGRAM',
    [
      `${neededFor} needs \`${program}\`${version ? ` of version ${version} or later` : ''}, which is not installed. Install it:`,
      ...(debianPackage ? [`  Debian or Ubuntu:  sudo apt-get install ${debianPackage}`] : []),
      ...(homebrewFormula ? [`  macOS:             brew install ${homebrewFormula}`] : []),
      ...(website ? [`  elsewhere:         ${website}`] : []),
    ].join('\n'),
  );
}

/** Copies the runtime jars that a pom names into a folder. */
export async function fetchJars(title: string, pom: string, folder: string, report: Report): Promise<void> {
  await requireProgram(programs.java, report);
  await requireProgram(programs.maven, report);
  await copyFile(pom, join(folder, 'pom.xml'));
  report(`${title}: fetching its jars with Maven (once)`);
  let fetched = 0;
  const onLine = (line: string) => {
    if (!/Downloaded from .*\.jar/.test(line)) return;
    fetched += 1;
    if (fetched % 20 === 0) report(`  ${title}: ${fetched} files fetched`);
  };
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const { ok, output } = await run(
    'mvn',
    [
      '-B',
      '-Dstyle.color=never',
      '-f',
      join(folder, 'pom.xml'),
      goal,
      '-DoutputDirectory=jars',
      '-DincludeScope=runtime',
    ],
    { cwd: folder, onLine },
  );
  if (!ok)
    throw new EngineError(
      'INSTALL_FAILED',
      `Maven could not fetch the jars of ${title}; is its repository reachable?\n${lastLines(output, 12)}`,
    );
}
