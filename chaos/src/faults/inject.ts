import { setTimeout as delay } from 'node:timers/promises';
import type { Replica } from '@tributary/e2e';
import { Redis } from 'ioredis';
import type { Observation } from '../checker/index.ts';
import type { ChaosEngines, ChaosSystem } from '../systems/system.ts';
import { type Fault, partOf } from './schedule.ts';
import type { Supervision } from './supervision.ts';

export interface Injected {
  /** What was broken, such as `writer-1`. */
  subject: string;
  /** What had to come of it; none where nothing but no harm. */
  observations: readonly Observation[];
}

const engineParts = ['kafka', 'postgres', 'redis', 'mongo'] as const;
type EnginePart = (typeof engineParts)[number];

/** Breaks something, holds it so, and mends it. */
export function inject(fault: Fault, system: ChaosSystem, supervision: Supervision): Promise<Injected> {
  const part = partOf(fault.kind);
  const engine = engineParts.find((name) => name === part);
  return engine ? breakEngine(engine, fault, system) : breakReplica(part, fault, system, supervision);
}

async function breakEngine(part: EnginePart, fault: Fault, system: ChaosSystem): Promise<Injected> {
  const { kind, target, holdMs } = fault;
  const { engines } = system;
  if (!engines) throw new Error(`${kind}: this stack has no ${part}`);
  if (kind === 'redis-flush') return flush(engines);
  if (kind === 'mongo-kill') return killMongo(engines, system, holdMs);
  const broker = target % engines.brokers.length;
  const engine = part === 'kafka' ? engines.brokers[broker]! : engines[part];
  await engine.kill();
  await delay(holdMs);
  await engine.restart();
  return { subject: part === 'kafka' ? `kafka-${broker}` : part, observations: [] };
}

async function breakReplica(
  service: string,
  { kind, target, holdMs }: Fault,
  { replicas }: ChaosSystem,
  supervision: Supervision,
): Promise<Injected> {
  const ofService = replicas.filter((replica) => replica.service === service);
  const replica = ofService[target % ofService.length];
  if (!replica) throw new Error(`${kind}: this stack has no ${service}`);
  if (kind.endsWith('-freeze')) await freeze(replica, holdMs);
  else await kill(replica, holdMs, supervision);
  return { subject: replica.name, observations: [] };
}

async function kill(replica: Replica, holdMs: number, supervision: Supervision): Promise<void> {
  await supervision.without(replica, async () => {
    await replica.kill('SIGKILL');
    await delay(holdMs);
    await replica.restart();
  });
}

async function freeze(replica: Replica, holdMs: number): Promise<void> {
  replica.freeze();
  await delay(holdMs);
  replica.thaw();
}

async function flush({ redis }: ChaosEngines): Promise<Injected> {
  const client = new Redis(redis.address, { retryStrategy: () => null });
  client.on('error', () => {}); // the command that it fails tells
  try {
    await client.flushall();
  } finally {
    client.disconnect();
  }
  return { subject: 'redis', observations: [] };
}

const NOTICED_WITHIN_MS = 20_000;

/** The stand-in keeps nothing: whoever reads from it must say that it cannot, and then build the read model anew. */
async function killMongo({ mongo }: ChaosEngines, system: ChaosSystem, holdMs: number): Promise<Injected> {
  await mongo.kill();
  const projectors = system.replicas.filter(({ service }) => service === 'projector');
  const isMet = await noticed(projectors);
  await delay(holdMs);
  await mongo.restart();
  const observation = { fault: 'mongo-kill', expected: 'a projector that answers that it is not ready', isMet };
  return { subject: 'mongo', observations: [observation] };
}

async function noticed(replicas: readonly Replica[]): Promise<boolean> {
  for (const deadline = performance.now() + NOTICED_WITHIN_MS; performance.now() < deadline; await delay(50))
    for (const { adminUrl } of replicas) {
      const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      await response?.body?.cancel();
      if (response?.status === 503) return true;
    }
  return false;
}
