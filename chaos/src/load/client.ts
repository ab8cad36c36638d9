import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@tributary/service/random';
import { type Answer, type Entry, isChange, type Operation } from '../history/entry.ts';
import { markOf } from '../history/mark.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Calls } from './calls.ts';
import { choose } from './choices.ts';
import { createKnown } from './known.ts';
import type { Pool } from './pool.ts';

/** The ways in: each replica by each interface. */
export interface Doors {
  graphql: readonly Calls[];
  rest: readonly Calls[];
  /** Empty where the stack has none. */
  grpc: readonly Calls[];
}

export interface ClientOptions {
  /** From 0. */
  number: number;
  doors: Doors;
  pool: Pool;
  recorder: Recorder;
  random: Random;
  /** About how long it rests between two operations, in milliseconds. */
  restMs: number;
  /** Ends it after the operation in hand. */
  signal: AbortSignal;
}

const AWAY_REST_MS = 500;

/** One client: does one thing after another, by whatever way, until told to end. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { number, doors, pool, recorder, random, restMs, signal } = options;
  const name = `client-${number}`;
  const known = createKnown();
  let marks = 0;
  let wasAway = false;
  const choosing = { random, pool, known, newMark: () => markOf(number, marks++) };

  async function perform(operation: Operation): Promise<void> {
    const { calls, replica, call } = wayFor(operation, doors, random);
    const entry = await recorder.record({ client: name, via: calls.via, replica }, operation, call);
    learn(entry);
    if (isAway(entry.answer)) wasAway = true;
  }

  function learn(entry: Entry): void {
    known.learn(entry);
    const { operation, answer } = entry;
    if (!isChange(operation)) return;
    // Whatever was answered: what may not have happened is worth another try, and a command that may is worth a question.
    pool.addChange(operation);
    if (answer.kind === 'told' && answer.productId !== null && answer.state !== 'REJECTED')
      pool.addProduct(answer.productId);
    if ('commandId' in answer && answer.commandId !== null) pool.addCommand(answer.commandId);
  }

  while (!signal.aborted) {
    wasAway = false;
    const choice = choose(choosing);
    if (choice.kind === 'one') await perform(choice.operation);
    else await Promise.all(choice.changes.map(perform));
    // What is away says so at once: without a rest the client would do nothing else.
    await delay(random.between(0, 2 * restMs) + (wasAway ? AWAY_REST_MS : 0), undefined, { signal }).catch(() => {});
  }
}

function isAway(answer: Answer): boolean {
  return answer.kind === 'lost' || (answer.kind === 'error' && answer.code === 'UNAVAILABLE');
}

interface Way {
  calls: Calls;
  replica: number;
  call: () => Promise<Answer>;
}

/** GraphQL mostly; REST and gRPC for what they have. */
function wayFor(operation: Operation, { graphql, rest, grpc }: Doors, random: Random): Way {
  const wanted = random.weighted({ graphql: 70, rest: 18, grpc: 12 });
  const doors = wanted === 'grpc' && grpc.length > 0 ? grpc : wanted === 'rest' ? rest : graphql;
  const replica = random.below(doors.length);
  const call = callOf(doors[replica]!, operation);
  if (call) return { calls: doors[replica]!, replica, call };
  const gateway = random.below(graphql.length);
  return { calls: graphql[gateway]!, replica: gateway, call: callOf(graphql[gateway]!, operation)! };
}

/** Undefined where the interface has no such operation. */
function callOf(calls: Calls, operation: Operation): Way['call'] | undefined {
  const { command, read, search } = calls;
  switch (operation.kind) {
    case 'command':
      return command && (() => command(operation));
    case 'read':
      // REST reads have no minimum version.
      if (calls.via === 'rest' && operation.minVersion !== null) return undefined;
      return read && (() => read(operation));
    case 'search':
      return search && (() => search(operation));
    default:
      return () => calls.change(operation);
  }
}
