import { runClient } from './client/client.ts';
import { runReader } from './client/reader.ts';
import { createCatalogue } from './client/requests.ts';
import { createHistory } from './history.ts';
import { positionOf } from './ports/write-store/tables.ts';
import { COMMANDS, connect, createServers, EVENTS, type Sabotage, type Servers } from './system.ts';
import { violationsOf } from './violations.ts';
import { startProjector, startWriter, WRITER_GROUP } from './workers.ts';
import { type Blows, createBlows, type Worker } from './world/blows.ts';
import { createMischief } from './world/mischief.ts';
import { createWorld, type World } from './world/world.ts';

/** What became of one schedule. */
export interface Simulated {
  seed: number;
  steps: number;
  /** Events, repeats included. */
  events: number;
  commands: number;
  /** Empty when all promises were kept. */
  violations: string[];
  /** Each step: when, who, what. */
  trace: string[];
}

const MAX_STEPS_TO_DRAIN = 20_000;
/** More than the pause after which the cache is told again of what it missed. */
const SETTLES_WITHIN_MS = 3_000;
const REPLICAS = 2;
const CLIENTS = 2;
/** How often clients wait for an outcome: the less, the more commands are under way at once. */
const PATIENCE = [0, 0.3, 0.9] as const;
/** Some processes are slow beside others for a whole schedule. */
const WEIGHTS = [0.1, 0.4, 1, 1, 3] as const;

/** Runs the schedule of a seed: first in the weather that the seed brings, then in calm until everything is drained. */
export async function simulate(seed: number, sabotage: Sabotage = {}): Promise<Simulated> {
  const world = createWorld(seed);
  try {
    const { random } = world;
    const mischief = createMischief(random, world.nowMs);
    const history = createHistory();
    const servers = createServers(world, {
      ...sabotage,
      readModel: {
        onStored(state, standing) {
          if (standing && state.product.version <= standing.product.version)
            history.violations.push(`the read model went from ${standing.product.version} to ${state.product.version}`);
        },
        ...sabotage.readModel,
      },
      cache: {
        onCached({ product: { id, version } }, newestPut) {
          if (version < newestPut)
            history.violations.push(`the cache holds ${id}@${version}, but was told of ${newestPut}`);
        },
        ...sabotage.cache,
      },
    });

    const join = (name: string) => connect(world.process(name, random.pick(WEIGHTS)), servers, world, mischief);
    const workers: Worker[] = [];
    for (let replica = 1; replica <= REPLICAS; replica += 1) {
      workers.push({ name: `writer ${replica}`, connected: join(`writer ${replica}`), start: startWriter });
      workers.push({
        name: `projector ${replica}`,
        connected: join(`projector ${replica}`),
        start: (connected) => startProjector(connected, servers),
      });
    }
    for (const { connected, start } of workers) void connected.process.turn('start').then(() => start(connected));

    const catalogue = createCatalogue(random, world.nowMs);
    const patience = random.pick(PATIENCE);
    const shared = { servers, catalogue, history, random };
    let busy = 2 * CLIENTS;
    const done = () => {
      busy -= 1;
    };
    for (let number = 1; number <= CLIENTS; number += 1) {
      const requests = 2 + random.below(6);
      void runClient({ ...shared, connected: join(`client ${number}`), requests, patience }).then(done);
      void runReader({ ...shared, connected: join(`reader ${number}`), times: random.below(30) }).then(done);
    }

    const blows = createBlows({ world, mischief, servers, workers, reconnect: join });
    const stormSteps = 100 + random.below(400);
    const areClientsDone = () => busy === 0;
    await world.run(() => areClientsDone() && world.isQuiet() && isHandled(servers), stormSteps, blows.maybe);
    mischief.end();
    world.note('calm from now on');
    world.thawAll();
    const isDrained = await drain(world, servers, areClientsDone, blows);
    return {
      seed,
      steps: world.steps(),
      events: servers.log.topics.partitions(EVENTS).reduce((sum, { length }) => sum + length, 0),
      commands: history.sent.size,
      violations: [...(isDrained ? [] : ['it does not drain']), ...violationsOf(history, servers)],
      trace: world.trace(),
    };
  } finally {
    world.close();
  }
}

/** Runs until nothing is left to do; tells whether that came. */
async function drain(world: World, servers: Servers, areClientsDone: () => boolean, blows: Blows): Promise<boolean> {
  const isDone = () => areClientsDone() && world.isQuiet() && isHandled(servers);
  let doneSinceMs = Number.POSITIVE_INFINITY;
  const isSettled = () => {
    if (!isDone()) return false;
    doneSinceMs = Math.min(doneSinceMs, world.nowMs());
    return isStored(servers) || world.nowMs() > doneSinceMs + SETTLES_WITHIN_MS;
  };
  if (!(await world.run(isSettled, MAX_STEPS_TO_DRAIN, blows.maybe))) return false;
  if (isStored(servers)) return true;
  // A projector that was frozen may have put a position back: then whoever gets the partition next repeats, and no more.
  servers.log.rebalance();
  return world.run(() => isDone() && isStored(servers), MAX_STEPS_TO_DRAIN, blows.maybe);
}

/** Every command is decided, and every event has reached the read model. */
function isHandled({ writeStore, log, readModel }: Servers): boolean {
  const { positions, outbox } = writeStore.tables;
  const isDecided = log.topics
    .partitions(COMMANDS)
    .every(
      ({ length }, partition) =>
        length === Number(positions.get(positionOf({ consumer: WRITER_GROUP, topic: COMMANDS, partition })) ?? 0n),
    );
  if (!isDecided || outbox.size > 0) return false;
  return [...writeStore.tables.inbox.keys()].every((id) => readModel.outcomes.has(id));
}

/** The projectors' positions tell so too: nothing is left that the cache was not told. */
function isStored({ log, readModel }: Servers): boolean {
  return log.topics
    .partitions(EVENTS)
    .every(({ length }, partition) => length === Number(readModel.positions.get(partition) ?? 0n));
}
