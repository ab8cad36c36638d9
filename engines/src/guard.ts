import { rm } from 'node:fs/promises';
import type { EnginesConfig } from './config.ts';
import { chooseRunner } from './default-engines.ts';
import { allNames } from './engine.ts';
import { type Home, lockFileOf, serversOf } from './home.ts';
import { withLock } from './lock.ts';
import { toStderr } from './report.ts';

// Holds out until its standard input ends, which the kernel sees to when the process at the other end dies, and then
// ends the engines that were started for that process.
const config = JSON.parse(process.argv[2] ?? '') as EnginesConfig & Home;
const servers = allNames.flatMap((name) => serversOf(config, name));
process.stdin.resume();
process.stdin.on('end', async () => {
  const runner = await chooseRunner(config, toStderr);
  await withLock(lockFileOf(config), () => runner.destroy(servers), { report: toStderr });
  await rm(config.folder, { recursive: true, force: true });
});
