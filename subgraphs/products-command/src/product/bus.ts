import * as grpc from '@grpc/grpc-js';
import { type CommandBus, createCommandBus } from '@tributary/command-bus';
import type { EventLog, LogRecord } from '@tributary/event-log';
import { outcomeOf } from '@tributary/product';
import { CommandState, type CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { ProductWriterClient } from '@tributary/proto/gen/products/v1/writer.ts';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { callUnary, clientOptions, grpcClientDurations, grpcTarget, type Logger } from '@tributary/service';
import type { Registry } from 'prom-client';

export interface ProductBusOptions {
  log: EventLog;
  /** Where writers answer gRPC, host:port: asked for outcomes while the events cannot be followed. */
  writerAddresses: readonly string[];
  /** How long to wait for the log's acknowledgement, in milliseconds. */
  publishDeadlineMs: number;
  /** How long a mutation waits for its outcome, in milliseconds. */
  waitMs: number;
  /** Mutations in hand at once; one more is refused. */
  maxWaiters: number;
  logger: Logger;
  registry: Registry;
  signal: AbortSignal;
}

const ASK_DEADLINE_MS = 1_000;

/** The way of product commands into the log and of their outcomes back. */
export async function createProductBus(options: ProductBusOptions): Promise<CommandBus<CommandStatus>> {
  const { writerAddresses, ...busOptions } = options;
  const writer = new ProductWriterClient(grpcTarget(writerAddresses), grpc.credentials.createInsecure(), clientOptions);
  const durations = grpcClientDurations(options.registry);
  const bus = await createCommandBus<CommandStatus>({
    ...busOptions,
    commandsTopic: productCommands.name,
    eventsTopic: productEvents.name,
    outcomeOf: outcomeOfRecord,
    async askOutcome(commandId, signal) {
      const { command } = await callUnary(
        writer,
        writer.getCommand,
        { commandId },
        { deadlineMs: ASK_DEADLINE_MS, signal, durations },
      );
      return command && isTerminal(command) ? command : null;
    },
  });
  return {
    ...bus,
    async stop() {
      await bus.stop();
      writer.close();
    },
  };
}

function outcomeOfRecord(record: LogRecord): { commandId: string; outcome: CommandStatus } {
  const event = ProductEvent.decode(record.value);
  return { commandId: event.commandId, outcome: outcomeOf(event) };
}

function isTerminal({ state }: CommandStatus): boolean {
  return state === CommandState.COMMAND_STATE_COMMITTED || state === CommandState.COMMAND_STATE_REJECTED;
}
