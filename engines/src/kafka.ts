import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { packageFolder } from './config.ts';
import type { Engine } from './engine.ts';
import { programs, requireProgram } from './install.ts';
import { installKafka, KAFKA_TITLE } from './kafka-install.ts';
import { clusterId, formatStorage, serverProperties } from './kafka-storage.ts';

/** Of a broker that is alone, and of each that is one of several. */
const [HEAP, SHARED_HEAP] = ['512m', '384m'];
const jvmFlags = [
  ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  `-Dlog4j2.configurationFile=${join(packageFolder, 'kafka', 'log4j2.properties')}`,
];

/** A Kafka broker that is its own controller, alone or one of several, from Maven Central's jars. */
export const kafka: Engine = {
  name: 'kafka',
  title: KAFKA_TITLE,
  ports: (port) => [port, port + 1],
  address: (port) => `127.0.0.1:${port}`,
  dataFolder: async (place) => join(place.folder, 'data'),
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    await requireProgram(programs.java, report);
    const { jvmArgs } = await installKafka(place.cacheFolder, whoAnswers, report);
    const dataFolder = await kafka.dataFolder(place);
    await mkdir(dataFolder, { recursive: true });
    const properties = join(place.folder, 'server.properties');
    await writeFile(properties, serverProperties(place.port, dataFolder, place));
    if (!existsSync(join(dataFolder, 'meta.properties'))) await formatStorage(jvmArgs, properties, place);
    const heap = place.cluster ? SHARED_HEAP : HEAP;
    return {
      program: 'java',
      args: [`-Xms${heap}`, `-Xmx${heap}`, ...jvmFlags, ...jvmArgs, 'kafka.Kafka', properties],
      cwd: place.folder,
      identity: await clusterId(dataFolder),
    };
  },

  whoAnswers,
};

async function whoAnswers(port: number): Promise<string> {
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
}
