import type { EventLog } from '@tributary/event-log';
import { contentOf, deadLetterOperations } from '@tributary/event-log/operations';
import { newCommandId, replayOf } from '@tributary/product';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { headers, protobufContentType } from '@tributary/proto/topics.ts';
import { type Operation, traceContextOf, traceHeaders } from '@tributary/service';
import type { WriterTopics } from '../../topics.ts';

export interface CommandDeadLettersOptions {
  log: EventLog;
  topics: WriterTopics;
  nowMs: () => number;
}

const PUBLISH_DEADLINE_MS = 10_000;

/** `commands.dead-letters.*`. A command is replayed as a new one, since the outcome of the dead one stands for ever. */
export function commandDeadLetters({ log, topics, nowMs }: CommandDeadLettersOptions): Operation[] {
  return deadLetterOperations({
    of: 'commands',
    log,
    topic: topics.deadLetters,
    newId: newCommandId,
    contentOf: ({ value }) => contentOf(ProductCommand, value),
    refusalOf: ({ value }) =>
      replayOf(value, { commandId: newCommandId(), nowMs: nowMs() }).ok
        ? null
        : 'it holds no command that could be read: it can only be dropped',
    async publish(letter, commandId) {
      const replay = replayOf(letter.value, { commandId, nowMs: nowMs() });
      if (!replay.ok) throw new Error(`dead letter ${letter.id} is no command`);
      const { command } = replay;
      const record = {
        key: command.productId,
        value: ProductCommand.encode(command).finish(),
        headers: { [headers.contentType]: protobufContentType, ...traceHeaders(traceContextOf(letter.headers)) },
      };
      await log.publish(topics.commands, [record], { deadlineMs: PUBLISH_DEADLINE_MS });
    },
  });
}
