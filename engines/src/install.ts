import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from './errors.ts';
import type { Report } from './report.ts';
import { isInstalled, lastLines, run } from './run.ts';

export interface SystemProgram {
  readonly program: string;
  /** Arguments that make it end at once. */
  readonly probe: readonly string[];
  readonly neededFor: string;
  readonly debianPackage: string;
  readonly homebrewFormula: string;
}

const java = { neededFor: 'Kafka and the stand-in for MongoDB', debianPackage: 'default-jdk-headless' };
export const programs = {
  java: { ...java, program: 'java', probe: ['-version'], homebrewFormula: 'openjdk@21' },
  javac: { ...java, program: 'javac', probe: ['-version'], homebrewFormula: 'openjdk@21' },
  maven: { ...java, program: 'mvn', probe: ['-version'], debianPackage: 'maven', homebrewFormula: 'maven' },
  redis: {
    program: 'redis-server',
    probe: ['--version'],
    neededFor: 'Redis',
    debianPackage: 'redis-server',
    homebrewFormula: 'redis',
  },
} satisfies Record<string, SystemProgram>;

let installing: Promise<void> = Promise.resolve();

/** Makes sure that a program of the system is there: installs it (as root, on Debian) or says how to. */
export async function requireProgram(wanted: SystemProgram, report: Report): Promise<void> {
  if (await isInstalled(wanted.program, ...wanted.probe)) return;
  // One after another: engines start side by side, and apt-get takes no two installations at once.
  installing = installing.catch(() => {}).then(() => install(wanted, report));
  await installing;
}

async function install(wanted: SystemProgram, report: Report): Promise<void> {
  if (await isInstalled(wanted.program, ...wanted.probe)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw missing(wanted);
  report(`${wanted.neededFor}: installing the Debian package ${wanted.debianPackage} (once)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = '-oDPkg::Lock::Timeout=300';
  await run('apt-get', [lockWait, '-q', 'update'], { env, onLine: aptProgress(report) });
  const { ok, output } = await run(
    'apt-get',
    [lockWait, '-q', 'install', '-y', '--no-install-recommends', wanted.debianPackage],
    { env, onLine: aptProgress(report) },
  );
  if (!ok || !(await isInstalled(wanted.program, ...wanted.probe)))
    throw new EngineError(
      'INSTALL_FAILED',
      `apt-get could not install ${wanted.debianPackage}:\n${lastLines(output, 8)}`,
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
    `${wanted.neededFor} needs \`${wanted.program}\`, which is not installed. Install it:\n` +
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
    ['-B', '-f', join(folder, 'pom.xml'), goal, '-DoutputDirectory=jars', '-DincludeScope=runtime'],
    { cwd: folder, onLine },
  );
  if (!ok)
    throw new EngineError(
      'INSTALL_FAILED',
      `Maven could not fetch the jars of ${title}; is its repository reachable?\n${lastLines(output, 12)}`,
    );
}
