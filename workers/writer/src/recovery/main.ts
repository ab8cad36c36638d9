import { EventLogError } from '@tributary/event-log';
import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { topicsKept } from '@tributary/proto/topics.ts';
import { ConfigError, createLogger, StartError } from '@tributary/service';
import { readWriterConfig } from '../config.ts';
import { openPostgres } from '../database/postgres.ts';
import { RecoveryError } from './errors.ts';
import { recover } from './recovery.ts';

const HELP = `npm run recover [-- --accept-losses]

Brings a database that was restored from a dump up to what was published since: reads the events topic, and stores the outcomes
that the dump does not have. To be run once after a restore, before any writer is started (docs/operations.md). May be repeated.

  --accept-losses   go on though commands or events since the dump are no longer kept. What they were is lost
  --help            this text

Exit code 0: done; 1: refused, with a code in brackets, or failed.

Environment (docs/configuration.md), as the writer has it: DATABASE_URL, KAFKA_BROKERS, COMMANDS_RETENTION_MS, EVENTS_RETENTION_MS
`;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return say(HELP.trimEnd());
  const unexpected = args.filter((arg) => arg !== '--accept-losses');
  if (unexpected.length > 0) return fail(`unexpected: ${unexpected.join(' ')} (--help explains)`);
  const config = readWriterConfig(process.env);
  const logger = createLogger({ service: 'recovery', level: 'error', format: config.LOG_FORMAT });
  const stopping = new AbortController();
  const { signal } = stopping;
  process.once('SIGINT', () => stopping.abort(new Error('given up')));
  const log = await openKafkaEventLog({
    config,
    clientId: 'recovery',
    topics: topicsKept(config.COMMANDS_RETENTION_MS, config.EVENTS_RETENTION_MS),
    logger,
    signal,
  });
  try {
    const database = await openPostgres({ url: config.DATABASE_URL, maxConnections: 2, logger, signal });
    try {
      const done = await recover({
        log,
        database,
        acceptLosses: args.includes('--accept-losses'),
        onProgress: ({ partition, partitions, adopted, known }) =>
          say(`partition ${partition} of ${partitions}: ${adopted} outcomes adopted, ${known} known`),
        signal,
      });
      say(`adopted ${done.adopted} outcomes; ${done.undecided} commands are left to the writers`);
      if (done.unreadable > 0) say(`${done.unreadable} records of the events topic are no events`);
    } finally {
      await database.close();
    }
  } finally {
    await log.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(why: string): void {
  process.stderr.write(`recovery: ${why}\n`);
  process.exitCode = 1;
}

await main().catch((error: Error) => {
  const isExpected = [RecoveryError, ConfigError, StartError, EventLogError].some((kind) => error instanceof kind);
  const code = 'code' in error ? ` [${error.code}]` : '';
  fail(isExpected ? `${error.message}${code}` : String(error.stack));
});
