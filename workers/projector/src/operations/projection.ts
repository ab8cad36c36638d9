import type { EventLog } from '@tributary/event-log';
import { lagOf, type TopicLag, toldByCode } from '@tributary/event-log/operations';
import { type Operation, operation } from '@tributary/service';
import { z } from 'zod';
import type { ProjectorTopics } from '../topics.ts';

export interface ProjectionStatusOptions {
  log: EventLog;
  /** Whoever keeps the positions of what readers see; null when there is nothing to see yet. */
  positions: { positions(): Promise<ReadonlyMap<number, bigint> | null> };
  topics: ProjectorTopics;
}

export interface ProjectionStatus {
  /** False when the read model has not been built: nothing is projected before. */
  built: boolean;
  /** How far what readers see is in the events. */
  events: TopicLag;
}

/** `projection.status`: what of the projectors' work is still to be done. */
export function projectionStatus({ log, positions, topics }: ProjectionStatusOptions): Operation {
  return operation('projection.status', z.strictObject({}), async (): Promise<ProjectionStatus> => {
    const stored = await positions.positions();
    return {
      built: stored !== null,
      events: await toldByCode(() => lagOf(log, topics.events, async () => stored ?? new Map())),
    };
  });
}
