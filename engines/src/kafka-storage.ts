import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from './errors.ts';
import { lastLines, run } from './run.ts';

/** The configuration of one broker that is its own controller, on two ports. */
export function serverProperties(port: number, dataFolder: string): string {
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

/** Gives an empty data folder a new cluster id. */
export async function formatStorage(jvmArgs: readonly string[], properties: string, cwd: string): Promise<void> {
  const { ok, output } = await run(
    'java',
    [
      ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...jvmArgs, 'kafka.tools.StorageTool', 'format'],
      ...['--standalone', '--cluster-id', randomClusterId(), '-c', properties],
    ],
    { cwd },
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

/** The cluster id of a formatted data folder, which the broker tells its clients. */
export async function clusterId(dataFolder: string): Promise<string> {
  const meta = await readFile(join(dataFolder, 'meta.properties'), 'utf8');
  const id = /^cluster\.id=(.+)$/m.exec(meta)?.[1];
  if (!id) throw new EngineError('START_FAILED', `${dataFolder}/meta.properties names no cluster`);
  return id;
}
