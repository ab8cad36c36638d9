import { join } from 'node:path';
import { cached } from './cache.ts';
import { EngineError } from './errors.ts';
import { programs, requireProgram } from './install.ts';
import type { Report } from './report.ts';
import { type Finished, lastLines, run } from './run.ts';

const VERSION = '1.76.0';
/** The number of the release as Jaeger v2, which the Go module is not numbered by. */
export const JAEGER_TITLE = 'Jaeger 2.13.0';
const MODULE = `github.com/jaegertracing/jaeger@v${VERSION}`;
const REPORT_EACH = 200;

/**
 * The path of Jaeger's program, built from its Go module where it is not there yet: minutes of all cores. It takes what
 * others leave, and Go keeps what was compiled, so that an interrupted build goes on where it was.
 */
export async function installJaeger(cacheFolder: string, report: Report): Promise<string> {
  const key = `jaeger-${VERSION}-${process.platform}-${process.arch}`;
  const waitingFor = `another process that builds ${JAEGER_TITLE}`;
  const folder = await cached(cacheFolder, key, (partial) => build(partial, report), report, { waitingFor });
  return join(folder, 'jaeger');
}

async function build(folder: string, report: Report): Promise<void> {
  const go = await requireProgram(programs.go, report);
  report(`${JAEGER_TITLE}: building it from its Go module, which takes 4 to 6 minutes of two cores (once)`);
  const started = Date.now();
  const fetched = await done('fetching its module', run(go, ['mod', 'download', '-json', MODULE], { cwd: folder }));
  // Jaeger's own folder, since its go.mod and go.sum say what is built.
  const { Dir: source } = JSON.parse(fetched.output.slice(fetched.output.indexOf('{'))) as { Dir: string };

  const counted = (what: string, matches: (line: string) => boolean, total?: number) => {
    let count = 0;
    return (line: string) => {
      if (!matches(line)) return;
      count += 1;
      if (count % REPORT_EACH === 0) report(`  ${JAEGER_TITLE}: ${count}${total ? ` of ${total}` : ''} ${what}`);
    };
  };
  const listed = await done(
    'fetching what it needs',
    run(go, ['list', '-deps', './cmd/jaeger'], {
      cwd: source,
      onLine: counted('modules fetched', (line) => line.startsWith('go: downloading')),
    }),
  );
  const packages = listed.output.split('\n').filter((line) => !line.startsWith('go: ')).length;
  await done(
    'compiling it',
    run(
      'nice',
      ['-n', '5', go, 'build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', join(folder, 'jaeger'), './cmd/jaeger'],
      { cwd: source, onLine: counted('packages compiled', (line) => !line.startsWith('go: '), packages) },
    ),
  );
  report(`${JAEGER_TITLE}: built in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function done(what: string, running: Promise<Finished>): Promise<Finished> {
  const finished = await running;
  if (finished.ok) return finished;
  throw new EngineError(
    'INSTALL_FAILED',
    `${JAEGER_TITLE}: ${what} failed; is the proxy of Go modules reachable, and is there room on the disk?\n` +
      lastLines(finished.output, 12),
  );
}
