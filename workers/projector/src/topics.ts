import { productEvents, productEventsDeadLetters } from '@tributary/proto/topics.ts';

/** The names of the topics that a projector reads and writes. */
export interface ProjectorTopics {
  events: string;
  deadLetters: string;
}

export const productTopics: ProjectorTopics = {
  events: productEvents.name,
  deadLetters: productEventsDeadLetters.name,
};
