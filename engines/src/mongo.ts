import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MongoClient } from 'mongodb';
import { cached } from './cache.ts';
import { packageFolder } from './config.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './errors.ts';
import { fetchJars, programs, requireProgram } from './install.ts';
import type { Report } from './report.ts';
import { lastLines, run } from './run.ts';

const VERSION = '1.47.0';
const TITLE = `the stand-in for MongoDB (mongo-java-server ${VERSION})`;
const pom = join(packageFolder, 'mongo', 'pom.xml');
const source = join(packageFolder, 'mongo', 'StandIn.java');

/** Not MongoDB: a server in memory that speaks its protocol, for machines without Docker. It keeps nothing. */
export const mongo: Engine = {
  name: 'mongo',
  title: TITLE,
  ports: (port) => [port],
  address: (port) => `mongodb://127.0.0.1:${port}`,
  dataFolder: async (place) => place.folder,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    await requireProgram(programs.java, report);
    const built = await build(place.cacheFolder, report);
    await mkdir(place.folder, { recursive: true });
    return {
      program: 'java',
      args: [
        '-Xmx1536m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-cp',
        [join(built, 'classes'), join(built, 'jars', '*')].join(delimiter),
        'StandIn',
        String(place.port),
      ],
      cwd: place.folder,
    };
  },

  async whoAnswers(port) {
    const client = new MongoClient(`mongodb://127.0.0.1:${port}`, {
      serverSelectionTimeoutMS: 1_000,
      connectTimeoutMS: 1_000,
      socketTimeoutMS: 2_000,
    });
    try {
      const { pid } = await client.db('admin').command({ serverStatus: 1 });
      return String(pid);
    } finally {
      await client.close();
    }
  },
};

async function build(cacheFolder: string, report: Report): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 8);
  return cached(
    cacheFolder,
    `mongo-stand-in-${VERSION}-${digest}`,
    async (folder) => {
      await fetchJars(TITLE, pom, folder, report);
      await requireProgram(programs.javac, report);
      const { ok, output } = await run('javac', [
        '-cp',
        join(folder, 'jars', '*'),
        '-d',
        join(folder, 'classes'),
        source,
      ]);
      if (!ok) throw new EngineError('INSTALL_FAILED', `javac refused ${source}:\n${lastLines(output, 12)}`);
    },
    report,
  );
}
