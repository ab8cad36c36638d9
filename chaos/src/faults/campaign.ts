import { setTimeout as delay } from 'node:timers/promises';
import type { Observation } from '../checker/index.ts';
import { notReady } from '../systems/pending.ts';
import type { ChaosSystem } from '../systems/system.ts';
import { inject } from './inject.ts';
import type { FaultKind, Step } from './schedule.ts';
import type { Supervision } from './supervision.ts';

/** What the faults of a run came to. */
export interface Campaign {
  injected: Partial<Record<FaultKind, number>>;
  observations: Observation[];
  /** The longest time from the mending of a fault until all was ready, by kind, in milliseconds; only where that was waited for. */
  recoveryMs: Partial<Record<FaultKind, number>>;
}

export interface CampaignOptions {
  system: ChaosSystem;
  supervision: Supervision;
  steps: Iterable<Step>;
  /** Asked before each step. */
  isOver(): boolean;
  /** How many commands were told to be committed so far. */
  committed(): number;
  /** What is being done, for whoever watches. */
  report(text: string): void;
}

const READY_WITHIN_MS = 120_000;
/** What is broken next should have something to lose. */
const COMMANDS_BETWEEN = 10;
const COMMANDS_WITHIN_MS = 20_000;

/** Breaks one thing after another until it is over; when it ends, everything is mended, though perhaps not ready yet. */
export async function runFaults(options: CampaignOptions): Promise<Campaign> {
  const { system, supervision, steps, isOver, committed, report } = options;
  const campaign: Campaign = { injected: {}, observations: [], recoveryMs: {} };
  for (const { restMs, faults, awaitReady } of steps) {
    if (isOver()) break;
    await delay(restMs);
    report(faults.map(({ kind, holdMs }) => `${kind} (${holdMs} ms)`).join(' and '));
    // All of them to their end, also where one fails: nothing may stay broken.
    const injected = await Promise.allSettled(faults.map((fault) => inject(fault, system, supervision)));
    for (const result of injected) {
      if (result.status === 'rejected') throw result.reason;
      campaign.observations.push(...result.value.observations);
    }
    for (const { kind } of faults) campaign.injected[kind] = (campaign.injected[kind] ?? 0) + 1;
    if (!awaitReady) continue;
    const mendedMs = performance.now();
    await untilOrLate(READY_WITHIN_MS, async () => (await notReady(system.replicas)) === null);
    const tookMs = performance.now() - mendedMs;
    for (const { kind } of faults) campaign.recoveryMs[kind] = Math.max(campaign.recoveryMs[kind] ?? 0, tookMs);
    const enough = committed() + COMMANDS_BETWEEN;
    await untilOrLate(COMMANDS_WITHIN_MS, async () => committed() >= enough);
  }
  return campaign;
}

/** Goes on in silence where it takes too long: the drain will tell what does not come back. */
async function untilOrLate(deadlineMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo()) && performance.now() < deadline) await delay(50);
}
