import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cached } from './cache.ts';
import { packageFolder } from './config.ts';
import { fetchJars } from './install.ts';
import { formatStorage, serverProperties } from './kafka-storage.ts';
import { freePort } from './ports.ts';
import { hasEnded, isAlive, launchDetached, signal } from './processes.ts';
import type { Report } from './report.ts';
import { run } from './run.ts';

export const KAFKA_VERSION = '4.4.0';
export const KAFKA_TITLE = `Kafka ${KAFKA_VERSION}`;
const pom = join(packageFolder, 'kafka', 'pom.xml');

const TRAINING_TIMEOUT_MS = 60_000;

/** What `java` is given before the main class. */
export interface KafkaInstallation {
  readonly jvmArgs: readonly string[];
}

/**
 * The jars and, so that each start takes a second less, an archive of the classes that a broker loads (CDS). The archive
 * is taken once from a broker that is started for nothing else.
 */
export async function installKafka(
  cacheFolder: string,
  answers: (port: number) => Promise<unknown>,
  report: Report,
): Promise<KafkaInstallation> {
  const pomDigest = digest(await readFile(pom));
  const folder = await cached(
    cacheFolder,
    `kafka-${KAFKA_VERSION}-${pomDigest}`,
    (partial) => fetchJars(KAFKA_TITLE, pom, partial, report),
    report,
  );
  const classPath = ['-cp', join(folder, 'jars', '*')];
  const { output: javaVersion } = await run('java', ['-version']);
  // The archive fits only this Java and these jars at this path; any other is ignored by the JVM.
  const archives = await cached(
    cacheFolder,
    `kafka-classes-${KAFKA_VERSION}-${digest(`${folder} ${pomDigest} ${javaVersion}`)}`,
    async (partial) => {
      report(`${KAFKA_TITLE}: starting it once to archive its classes, which makes later starts faster (once)`);
      await train(join(partial, 'broker.jsa'), classPath, answers);
    },
    report,
  );
  return { jvmArgs: [`-XX:SharedArchiveFile=${join(archives, 'broker.jsa')}`, '-Xshare:auto', ...classPath] };
}

async function train(
  archive: string,
  classPath: readonly string[],
  answers: (port: number) => Promise<unknown>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-kafka-'));
  try {
    const port = await freePort(2);
    const dataFolder = join(folder, 'data');
    const properties = join(folder, 'server.properties');
    await mkdir(dataFolder);
    await writeFile(properties, serverProperties(port, dataFolder));
    await formatStorage(classPath, properties, { folder });
    const args = [`-XX:ArchiveClassesAtExit=${archive}`, ...classPath, 'kafka.Kafka', properties];
    const broker = await launchDetached({ program: 'java', args, cwd: folder }, join(folder, 'log'));
    const deadline = Date.now() + TRAINING_TIMEOUT_MS;
    while (!(await answers(port).catch(() => false)) && Date.now() < deadline && (await isAlive(broker)))
      await delay(100);
    await signal(broker, 'SIGTERM');
    // Without the archive starts are slower and nothing else: no reason to fail.
    if (!(await hasEnded(broker, TRAINING_TIMEOUT_MS))) await signal(broker, 'SIGKILL');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function digest(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}
