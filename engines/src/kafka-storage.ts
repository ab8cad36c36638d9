import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrokerSettings, ClusterMember, Place } from './engine.ts';
import { EngineError } from './errors.ts';
import { lastLines, run } from './run.ts';

/**
 * The configuration of a broker that is its own controller, on two ports. Alone it keeps one copy of everything; of
 * several, each is one of the controllers, and what is acknowledged is on all but one of them.
 */
export function serverProperties(
  port: number,
  dataFolder: string,
  { cluster, broker }: Pick<Place, 'cluster' | 'broker'> = {},
): string {
  const copies = cluster?.ports.length ?? 1;
  const safeCopies = Math.max(1, copies - 1);
  return `${Object.entries({
    'process.roles': 'broker,controller',
    'node.id': cluster?.nodeId ?? 1,
    ...(cluster
      ? { 'controller.quorum.voters': votersOf(cluster) }
      : { 'controller.quorum.bootstrap.servers': `127.0.0.1:${port + 1}` }),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'log.dirs': dataFolder,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': safeCopies,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': safeCopies,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': safeCopies,
    'share.coordinator.state.topic.num.partitions': 1,
    // Groups form at once, and tests may set short sessions.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // Else a broker that was killed waits 9 s for its own former session to end before it may serve again.
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
    ...broker?.properties,
  })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

function votersOf({ ports }: ClusterMember): string {
  return ports.map((port, index) => `${index + 1}@127.0.0.1:${port + 1}`).join(',');
}

/** Gives an empty data folder the id of its cluster, or a new one to a broker that is alone. */
export async function formatStorage(
  jvmArgs: readonly string[],
  properties: string,
  { folder: cwd, cluster, broker }: Pick<Place, 'folder' | 'cluster' | 'broker'>,
): Promise<void> {
  // The voters of a cluster stand in the properties.
  const member = cluster
    ? ['--cluster-id', cluster.clusterId]
    : ['--standalone', '--cluster-id', clusterIdFrom(randomBytes(16))];
  const { ok, output } = await run(
    'java',
    [
      ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...jvmArgs, 'kafka.tools.StorageTool', 'format'],
      ...[...member, ...scramOf(broker?.users), '-c', properties],
    ],
    { cwd },
  );
  if (!ok) throw new EngineError('START_FAILED', `Kafka could not format its data folder:\n${lastLines(output, 12)}`);
}

function scramOf(users: BrokerSettings['users'] = {}): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

/** A UUID as Kafka writes it, the same one for the same seed. A leading dash would read as an option. */
export function clusterIdFrom(seed: string | Buffer): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  bytes[0] = (bytes[0] as number) & 0x7f;
  return bytes.toString('base64url');
}

/** The cluster id of a formatted data folder, which the broker tells its clients. */
export async function clusterId(dataFolder: string): Promise<string> {
  const meta = await readFile(join(dataFolder, 'meta.properties'), 'utf8');
  const id = /^cluster\.id=(.+)$/m.exec(meta)?.[1];
  if (!id) throw new EngineError('START_FAILED', `${dataFolder}/meta.properties names no cluster`);
  return id;
}
