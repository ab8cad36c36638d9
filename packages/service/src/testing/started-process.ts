import { processVariables, readConfig, runProcess } from '../index.ts';

/** A service that does nothing: for tests of how a process starts and stops. A `SIGUSR2` puts its clock 5 s forward. */
const isStopHeld = process.argv.includes('--hold-stop');
process.on('SIGUSR2', () => {
  const now = Date.now;
  Date.now = () => now() + 5_000;
  process.stdout.write('later\n');
});

await runProcess(
  'idle',
  () => readConfig(processVariables, { LOG_LEVEL: 'silent' }),
  async (_, { lifecycle }) => {
    const timer = setInterval(() => {}, 1_000);
    lifecycle.onStop('timer', () => clearInterval(timer));
    lifecycle.onStop('work in hand', () => {
      process.stdout.write('stopping\n');
      return isStopHeld ? new Promise(() => {}) : undefined;
    });
    process.stdout.write('started\n');
  },
);
