import type { TopicsCheck } from '@tributary/event-log/operations';
import { table } from '@tributary/service/terminal';
import type { Answer, Command, CommandContext } from '../command.ts';
import { exitCodes, OpsError } from '../problem.ts';
import { durationText } from '../text.ts';
import { onKafka } from '../topics/kafka.ts';

const WHERE = `A running writer does it. With --kafka, or where KAFKA_BROKERS is set, it is done on Kafka itself, for which nothing else has
to run: see KAFKA_BROKERS (default 127.0.0.1:19092), KAFKA_REPLICATION_FACTOR, KAFKA_MIN_INSYNC_REPLICAS,
COMMANDS_RETENTION_MS and EVENTS_RETENTION_MS in docs/configuration.md.`;

export const topicCommands: readonly Command[] = [
  {
    name: 'topics check',
    args: '[--kafka]',
    summary: 'hold the topics against their table: partitions, retention',
    help: `Changes nothing. The exit code is 1 when a topic is missing or set otherwise.\n\n${WHERE}`,
    arity: [0, 0],
    flags: ['kafka'],
    run: (context) => run('check', context),
  },
  {
    name: 'topics create',
    args: '[--kafka]',
    summary: 'create the topics that are missing and set the retention of the others',
    help: `Safe to repeat. A topic with another number of partitions is refused: that never changes in place.\n\n${WHERE}`,
    arity: [0, 0],
    flags: ['kafka'],
    run: (context) => run('create', context),
  },
];

async function run(verb: 'check' | 'create', { flags, kafka, call, width }: CommandContext): Promise<Answer> {
  const check =
    flags.kafka || kafka.isGiven
      ? await onKafka(verb, kafka)
      : await call<TopicsCheck>(`topics.${verb}`).catch(withHint);
  return { json: check, text: textOf(check, width), isWell: check.agrees };
}

function withHint(error: unknown): never {
  if (!(error instanceof OpsError) || error.exitCode !== exitCodes.unreachable) throw error;
  throw new OpsError(error.code, `${error.message}; --kafka goes to Kafka itself`, error.exitCode);
}

function textOf({ topics }: TopicsCheck, width: number | undefined): string {
  const hasProblems = topics.some(({ problem }) => problem !== null);
  const rows = topics.map(({ name, partitions, retentionMs, records, problem }) => [
    name,
    partitions,
    retentionMs === null ? null : durationText(retentionMs),
    records,
    ...(hasProblems ? [problem] : []),
  ]);
  const head = ['topic', 'partitions', 'retention', 'records', ...(hasProblems ? ['problem'] : [])];
  return table({ head, rows, width });
}
