import { ConfigError } from '@tributary/service';
import { readProjectorConfig } from '../config.ts';
import { ensureIndexes } from '../product/read-model/mongodb/indexes.ts';
import { ReadModelError } from '../product/read-model/read-model.ts';

const HELP = `npm run mongo

Makes what is missing of the indexes of the read model in MongoDB, and shows all. A projector makes them itself when it
begins to build the read model; this is for when somebody has dropped one.

  --help          this text

Environment (docs/configuration.md): MONGODB_URL, MONGODB_DATABASE
`;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return say(HELP.trimEnd());
  if (args.length > 0) {
    process.stderr.write(`mongo: unexpected: ${args.join(' ')} (--help explains)\n`);
    process.exitCode = 1;
    return;
  }
  const { MONGODB_URL: url, MONGODB_DATABASE: database } = readProjectorConfig(process.env);
  const indexes = await ensureIndexes({ url, database });
  if (indexes === null) return say('the read model is not built yet: a projector makes its indexes when it builds it');
  const width = Math.max(...indexes.map(({ collection }) => collection.length));
  for (const { collection, key } of indexes) say(`${collection.padEnd(width)}  ${JSON.stringify(key)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main().catch((error: Error) => {
  const isAway = error instanceof ReadModelError && error.code === 'UNAVAILABLE';
  const why = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const message = isAway ? `${error.message}${why} (npm run engines -- up mongo starts one)` : error.message;
  process.stderr.write(`mongo: ${isAway || error instanceof ConfigError ? message : error.stack}\n`);
  process.exitCode = 1;
});
