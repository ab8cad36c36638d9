import { productCommands, productCommandsDeadLetters, productEvents } from '@tributary/proto/topics.ts';

/** The names of the topics that a writer reads and writes. */
export interface WriterTopics {
  commands: string;
  events: string;
  deadLetters: string;
}

export const productTopics: WriterTopics = {
  commands: productCommands.name,
  events: productEvents.name,
  deadLetters: productCommandsDeadLetters.name,
};
