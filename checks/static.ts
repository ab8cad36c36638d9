import { checkDrift } from './generated.ts';
import { inOrder, runTask, timed } from './tasks.ts';

/** All that needs no test run: types, lint with format and import rules, generated files. */
export function runStaticChecks(): Promise<void> {
  return inOrder(
    () => runTask({ name: 'types', command: ['tsc', '-p', '.'] }),
    () => runTask({ name: 'lint, format, import rules', command: ['biome', 'check', '--error-on-warnings', '.'] }),
    () => runTask({ name: 'protobuf lint', command: ['buf', 'lint', 'proto'] }),
    () => timed('generated files', checkDrift),
  );
}
