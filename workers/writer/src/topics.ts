import { productCommands, productCommandsDeadLetters, productEvents } from '@tributary/proto/topics.ts';

/** The name under which writers share the partitions of the commands topic. */
export const GROUP = 'writer';

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
