import { type CommandBus, createCommandBus } from '@tributary/command-bus';
import type { EventLog } from '@tributary/event-log';
import { outcomeOf } from '@tributary/product';
import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Logger } from '@tributary/service';
import type { Registry } from 'prom-client';
import type { Inbox } from '../inbox.ts';
import type { WriterTopics } from '../topics.ts';
import { statusOf } from './outcome.ts';

export interface ProductBusOptions {
  log: EventLog;
  inbox: Pick<Inbox, 'find'>;
  topics: WriterTopics;
  logger: Logger;
  registry: Registry;
  signal: AbortSignal;
}

/** The way of product commands that come by gRPC: into the log like all others. */
export function createProductBus({ inbox, topics, ...options }: ProductBusOptions): Promise<CommandBus<CommandStatus>> {
  return createCommandBus<CommandStatus>({
    ...options,
    commandsTopic: topics.commands,
    eventsTopic: topics.events,
    outcomeOf(record) {
      const event = ProductEvent.decode(record.value);
      return { commandId: event.commandId, outcome: outcomeOf(event) };
    },
    async askOutcome(commandId) {
      const entry = await inbox.find(commandId);
      return entry ? statusOf(entry) : null;
    },
  });
}
