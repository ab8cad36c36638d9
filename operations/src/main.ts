import { exitCodes } from './problem.ts';
import { run } from './run.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // npm and a terminal may both send it, so that it comes twice: what is left to do then takes no time.
    stopping.abort();
  });
// Whoever reads the output has seen enough, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.done);
});

const { stdin, stdout, stderr } = process;
const exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  ...{ stdin, stdout, stderr },
  signal: stopping.signal,
});
// When all is written; a client of Kafka that was given up would go on trying.
stdout.write('', () => process.exit(exitCode));
