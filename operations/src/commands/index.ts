import type { Command } from '../command.ts';
import { commandCommands } from './commands.ts';
import { deadLetterCommands } from './dead-letters.ts';
import { productCommands } from './products.ts';
import { readModelCommands } from './read-model.ts';
import { statusCommand } from './status.ts';
import { topicCommands } from './topics.ts';

/** In the order in which the help lists them. */
export const commands: readonly Command[] = [
  statusCommand,
  ...deadLetterCommands,
  ...readModelCommands,
  ...commandCommands,
  ...productCommands,
  ...topicCommands,
];
