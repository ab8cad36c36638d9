import { randomUUID } from 'node:crypto';
import { type EventLog, originalRecord } from '@tributary/event-log';
import { contentOf, deadLetterOperations } from '@tributary/event-log/operations';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Operation } from '@tributary/service';
import type { ProjectorTopics } from '../../topics.ts';

export interface EventDeadLettersOptions {
  log: EventLog;
  topics: ProjectorTopics;
}

const PUBLISH_DEADLINE_MS = 10_000;

/** `events.dead-letters.*`. An event is replayed as it was: whoever has seen it, or a newer one, drops it. */
export function eventDeadLetters({ log, topics }: EventDeadLettersOptions): Operation[] {
  return deadLetterOperations({
    of: 'events',
    log,
    topic: topics.deadLetters,
    newId: randomUUID,
    contentOf: ({ value }) => contentOf(ProductEvent, value),
    refusalOf: ({ value }) =>
      contentOf(ProductEvent, value) === null ? 'it holds no event that could be read: it can only be dropped' : null,
    publish: (letter) => log.publish(topics.events, [originalRecord(letter)], { deadlineMs: PUBLISH_DEADLINE_MS }),
  });
}
