import { runStaticChecks } from './static.ts';

await runStaticChecks().catch((error: unknown) => {
  process.stderr.write(`\ncheck failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
