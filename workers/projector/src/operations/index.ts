import type { EventLog } from '@tributary/event-log';
import type { Operation } from '@tributary/service';
import type { ReadModel } from '../product/read-model/read-model.ts';
import { productTopics } from '../topics.ts';
import { eventDeadLetters } from './product/dead-letters.ts';
import { projectionStatus } from './projection.ts';

export interface ProjectorOperationsOptions {
  log: EventLog;
  readModel: ReadModel;
}

/** What an operator may have a projector do, beside what concerns the read model itself. */
export function createProjectorOperations({ log, readModel }: ProjectorOperationsOptions): Operation[] {
  const topics = productTopics;
  return [projectionStatus({ log, positions: readModel, topics }), ...eventDeadLetters({ log, topics })];
}
