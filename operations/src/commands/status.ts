import type { TopicLag } from '@tributary/event-log/operations';
import { version } from '@tributary/service';
import { type Cell, table } from '@tributary/service/terminal';
import type { AdminProcess } from '../admin/processes.ts';
import type { Command, CommandContext } from '../command.ts';
import { exitCodes, OpsError } from '../problem.ts';
import { ageText } from '../text.ts';
import { kinds } from './dead-letters.ts';
import { generationsText, type ReadModelStatus } from './read-model.ts';

interface OutboxStatus {
  backlog: { records: number; oldestAgeMs: number | null };
  commands: TopicLag;
}

interface ProjectionStatus {
  built: boolean;
  events: TopicLag;
}

/** A part of the status that could not be had, and why. */
interface Missing {
  error: { code: string; message: string };
}

interface Status {
  well: boolean;
  version: string;
  node: string;
  processes: readonly AdminProcess[];
  outbox: OutboxStatus | Missing;
  projection: ProjectionStatus | Missing;
  deadLetters: Readonly<Record<(typeof kinds)[number], number | Missing>>;
  readModel: ReadModelStatus | Missing;
}

export const statusCommand: Command = {
  name: 'status',
  args: '',
  summary: 'the processes and what they lack, lag, outbox, dead letters, read model, versions',
  help: 'Shows what can be had: a process that is down is a line of its own. The exit code is 1 when something is not ready.',
  arity: [0, 0],
  async run(context) {
    const status = await statusOf(context);
    return { json: status, text: statusText(status, context.width), isWell: status.well };
  },
};

async function statusOf({ processes: find, call }: CommandContext): Promise<Status> {
  const processes = await find();
  if (!processes.some(({ answers }) => answers)) await call('outbox.status'); // says that nothing answers
  const deadLettersOf = async (kind: (typeof kinds)[number]) =>
    (await call<{ deadLetters: unknown[] }>(`${kind}.dead-letters.list`)).deadLetters.length;
  const [outbox, projection, readModel, commands, events] = await Promise.all([
    orMissing(call<OutboxStatus>('outbox.status')),
    orMissing(call<ProjectionStatus>('projection.status')),
    orMissing(call<ReadModelStatus>('read-model.status')),
    orMissing(deadLettersOf('commands')),
    orMissing(deadLettersOf('events')),
  ]);
  const parts = [outbox, projection, readModel, commands, events];
  return {
    well: processes.every(({ ready }) => ready) && !parts.some(isMissing),
    version,
    node: process.version,
    processes,
    outbox,
    projection,
    deadLetters: { commands, events },
    readModel,
  };
}

async function orMissing<T>(asked: Promise<T>): Promise<T | Missing> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof OpsError) || error.exitCode === exitCodes.interrupted) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

function isMissing(part: unknown): part is Missing {
  return typeof part === 'object' && part !== null && 'error' in part;
}

function statusText(status: Status, width: number | undefined): string {
  const { outbox, projection, deadLetters, readModel } = status;
  return [
    `Tributary ${status.version}, command line on Node ${status.node.slice(1)}\n`,
    table({ head: ['process', 'address', 'version', 'state'], rows: status.processes.flatMap(processRows), width }),
    lagText(isMissing(outbox) ? null : outbox.commands, isMissing(projection) ? null : projection.events, width),
    table({
      rows: [
        ['outbox', isMissing(outbox) ? notKnown(outbox) : backlogText(outbox)],
        ['dead letters', kinds.map((kind) => countText(kind, deadLetters[kind])).join(', ')],
        ['projection', isMissing(projection) ? notKnown(projection) : projection.built ? 'built' : 'not built yet'],
        ...(isMissing(readModel) ? [['read model', notKnown(readModel)]] : []),
      ],
      width,
    }),
    ...(isMissing(readModel) ? [] : [generationsText(readModel, width)]),
  ].join('\n');
}

function processRows({ service, address, version: itsVersion, node, answers, ready, missing }: AdminProcess): Cell[][] {
  const [first = '', ...others] = missing;
  const versions = itsVersion === null ? '' : `${itsVersion}, Node ${node?.slice(1) ?? '?'}`;
  const state = !answers ? 'does not answer' : ready ? 'ready' : `not ready: ${first}`;
  return [
    [service ?? '?', address, versions, state],
    ...(answers ? others.map((one) => ['', '', '', `  ${one}`]) : []),
  ];
}

function lagText(commands: TopicLag | null, events: TopicLag | null, width: number | undefined): string {
  const partitions = new Set(
    [...(commands?.partitions ?? []), ...(events?.partitions ?? [])].map((one) => one.partition),
  );
  const lagIn = (topic: TopicLag | null, partition: number) =>
    topic?.partitions.find((one) => one.partition === partition)?.lag ?? null;
  const rows: Cell[][] = [...partitions]
    .sort((a, b) => a - b)
    .map((partition) => [`lag in partition ${partition}`, lagIn(commands, partition), lagIn(events, partition)]);
  rows.push(['lag', commands?.lag ?? null, events?.lag ?? null]);
  return table({ head: ['', 'commands', 'events'], rows, width });
}

function backlogText({ backlog: { records, oldestAgeMs } }: OutboxStatus): string {
  if (oldestAgeMs === null) return 'empty';
  return `${records.toLocaleString('en-US')} records, the oldest ${ageText(oldestAgeMs)} old`;
}

function countText(kind: string, count: number | Missing): string {
  return isMissing(count) ? `${kind} ${notKnown(count)}` : `${count.toLocaleString('en-US')} ${kind}`;
}

function notKnown({ error }: Missing): string {
  return `not known: ${error.message} (${error.code})`;
}
