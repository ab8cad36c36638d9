import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from './errors.ts';
import type { Report } from './report.ts';
import { lastLines, run } from './run.ts';

export interface SystemProgram {
  readonly program: string;
  /** Arguments that make it tell its version and end. */
  readonly probe: readonly string[];
  /** Whether it is new enough. Default: any is. */
  readonly accepts?: (output: string) => boolean;
  readonly neededFor: string;
  readonly debianPackage: string;
  readonly homebrewFormula: string;
}

const jdk = {
  neededFor: 'Kafka and the stand-in for MongoDB',
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
  chromium: {
    program: 'chromium',
    probe: ['--version'],
    neededFor: 'the check of the pages in a real browser',
    debianPackage: 'chromium',
    homebrewFormula: 'chromium',
  },
} satisfies Record<string, SystemProgram>;

async function isInstalled({ program, probe, accepts = () => true }: SystemProgram): Promise<boolean> {
  return run(program, probe).then(
    ({ ok, output }) => ok && accepts(output),
    () => false,
  );
}

let installing: Promise<void> = Promise.resolve();

/**
 * Makes sure that a program of the system is there: installs it (as root, on Debian) or says how to. Resolves with
 * its path.
 */
export async function requireProgram(wanted: SystemProgram, report: Report): Promise<string> {
  if (!(await isInstalled(wanted))) {
    // One after another: engines start side by side, and apt-get takes no two installations at once.
    installing = installing.catch(() => {}).then(() => install(wanted, report));
    await installing;
  }
  return pathOf(wanted.program);
}

/** Where the shell would find a program that is there. */
async function pathOf(program: string): Promise<string> {
  const { output } = await run('sh', ['-c', 'command -v "$1"', 'sh', program]);
  return output.trim();
}

async function install(wanted: SystemProgram, report: Report): Promise<void> {
  if (await isInstalled(wanted)) return;
  if (process.getuid?.() !== 0 || !(await hasApt())) throw missing(wanted);
  report(`${wanted.neededFor}: installing the Debian package ${wanted.debianPackage} (once)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = '-oDPkg::Lock::Timeout=300';
  await run('apt-get', [lockWait, '-q', 'update'], { env, onLine: aptProgress(report) });
  const { ok, output } = await run(
    'apt-get',
    [lockWait, '-q', 'install', '-y', '--no-install-recommends', wanted.debianPackage],
    { env, onLine: aptProgress(report) },
  );
  if (!ok || !(await isInstalled(wanted)))
    throw new EngineError(
      'INSTALL_FAILED',
      `apt-get could not install ${wanted.debianPackage}:\n${lastLines(output, 8)}`,
    );
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

function missing(wanted: SystemProgram): EngineError {
  return new EngineError(
    'MISSING_PROGRAM',
    `${wanted.neededFor} needs \`${wanted.program}\`${wanted.accepts ? ' of version 17 or later' : ''}, which is not installed. Install it:\n` +
      `  Debian or Ubuntu:  sudo apt-get install ${wanted.debianPackage}\n` +
      `  macOS:             brew install ${wanted.homebrewFormula}`,
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
