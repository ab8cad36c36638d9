import { flushCompileCache } from 'node:module';
import { runProcess } from '@tributary/service';
import { banner } from './banner.ts';
import { HELP, readStandaloneConfig } from './config.ts';
import { openDataFolder, resetDataFolder } from './data-folder.ts';
import { startStandalone } from './standalone.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}

await runProcess(
  'tributary',
  () => readStandaloneConfig(args, process.env),
  async (config, { logger, lifecycle, fail }) => {
    const data = openDataFolder(config.DATA);
    if (config.reset) await resetDataFolder(data, logger);
    process.stdout.write('Starting Tributary over embedded stores …\n');
    const { url, adminUrl } = await startStandalone({
      host: config.HOST,
      port: config.PORT,
      adminPort: config.ADMIN_PORT,
      allowedOrigins: config.ALLOWED_ORIGINS,
      operationsToken: config.ADMIN_TOKEN,
      data,
      logger,
      lifecycle,
      fail,
    });
    process.stdout.write(banner({ url, adminUrl, dataFolder: data.path, readyMs: performance.now() }));
    // A process that is killed would not keep what it has compiled for the next start.
    flushCompileCache();
    lifecycle.onStop('farewell', () => process.stdout.write('\nStopping …\n'));
  },
);
