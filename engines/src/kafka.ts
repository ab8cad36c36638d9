import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { cached } from './cache.ts';
import { packageFolder } from './config.ts';
import type { Engine, Place } from './engine.ts';
import { EngineError } from './errors.ts';
import { fetchJars, programs, requireProgram } from './install.ts';
import type { Report } from './report.ts';
import { lastLines, run } from './run.ts';

const VERSION = '4.4.0';
const TITLE = `Kafka ${VERSION}`;
const pom = join(packageFolder, 'kafka', 'pom.xml');

/** One Kafka broker that is its own controller, from Maven Central's jars. */
export const kafka: Engine = {
  name: 'kafka',
  title: TITLE,
  ports: (port) => [port, port + 1],
  address: (port) => `127.0.0.1:${port}`,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    await requireProgram(programs.java, report);
    const jars = await jarFolder(place.cacheFolder, report);
    const dataFolder = join(place.folder, 'data');
    await mkdir(dataFolder, { recursive: true });
    const properties = join(place.folder, 'server.properties');
    await writeFile(properties, serverProperties(place.port, dataFolder));
    if (!existsSync(join(dataFolder, 'meta.properties'))) await format(jars, properties, place);
    return {
      program: 'java',
      args: [...jvmFlags(place), '-cp', join(jars, '*'), 'kafka.Kafka', properties],
      cwd: place.folder,
      dataFolder,
      identity: await clusterId(dataFolder),
    };
  },

  async whoAnswers(port) {
    const client = new kafkajs.Kafka({
      brokers: [`127.0.0.1:${port}`],
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      retry: { retries: 0 },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const admin = client.admin();
    try {
      await admin.connect();
      return (await admin.describeCluster()).clusterId;
    } finally {
      await admin.disconnect();
    }
  },
};

async function jarFolder(cacheFolder: string, report: Report): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 8);
  const folder = await cached(
    cacheFolder,
    `kafka-${VERSION}-${digest}`,
    (partial) => fetchJars(TITLE, pom, partial, report),
    report,
  );
  return join(folder, 'jars');
}

function jvmFlags(place: Place): string[] {
  return ['-Xms512m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Duser.dir=${place.folder}`];
}

function serverProperties(port: number, dataFolder: string): string {
  return `${Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${port + 1}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'log.dirs': dataFolder,
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // Groups form at once, and tests may set short sessions.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // Else a broker that was killed waits 9 s for its own former session to end before it may serve again.
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

async function format(jars: string, properties: string, place: Place): Promise<void> {
  const args = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')];
  const { ok, output } = await run(
    'java',
    [...args, 'kafka.tools.StorageTool', 'format', '--standalone', '--cluster-id', randomClusterId(), '-c', properties],
    { cwd: place.folder },
  );
  if (!ok) throw new EngineError('START_FAILED', `Kafka could not format its data folder:\n${lastLines(output, 12)}`);
}

/** A UUID as Kafka writes it; a leading dash would read as an option. */
function randomClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

async function clusterId(dataFolder: string): Promise<string> {
  const meta = await readFile(join(dataFolder, 'meta.properties'), 'utf8');
  const id = /^cluster\.id=(.+)$/m.exec(meta)?.[1];
  if (!id) throw new EngineError('START_FAILED', `${dataFolder}/meta.properties names no cluster`);
  return id;
}
