import { createDisplay } from '@tributary/service/terminal';
import { writeCatalogue } from './generator/write.ts';
import { runImport } from './import.ts';
import { HELP, readCommandLine } from './options.ts';
import { ImportError } from './problem.ts';

/** A terminal sends a signal to the whole process group, so it may come twice at once; one that comes later is impatience. */
const IMPATIENT_AFTER_MS = 1_000;
const INTERRUPTED = 130;

const display = createDisplay(process.stderr);
const stopping = new AbortController();
let firstSignalMs = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (firstSignalMs === 0) {
      firstSignalMs = Date.now();
      stopping.abort();
      display.say('stopping: what is in flight is finished first (again: at once)');
    } else if (Date.now() - firstSignalMs > IMPATIENT_AFTER_MS) process.exit(INTERRUPTED);
  });

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (commandLine.task === 'help') process.stdout.write(HELP);
  else if (commandLine.task === 'write') await writeCatalogue(commandLine.products, commandLine.out, stopping.signal);
  else process.exitCode = await runImport(commandLine.options, { display, stopping: stopping.signal });
} catch (error) {
  display.say(`import: ${error instanceof ImportError ? error.message : ((error as Error).stack ?? error)}`);
  process.exitCode = 1;
}
