import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '@tributary/engines';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { openCursorKey } from '../../standalone/src/cursor-key.ts';
import { allChanges, changesOf } from './live/asks.ts';
import { allTold, readEvidence, type Testimony } from './live/evidence.ts';
import { follow } from './live/follower.ts';
import { change, content, startLoad } from './live/load.ts';
import { followStream } from './live/sse.ts';
import { startReplica } from './replica.ts';

const data = await mkdtemp(join(tmpdir(), 'tributary-live-'));
const [port, adminPort] = [await freePort(), await freePort()];
const url = `http://127.0.0.1:${port}`;
const standalone = startReplica({
  service: 'standalone',
  name: 'standalone',
  main: 'standalone/src/main.ts',
  adminPort,
  env: {},
  args: ['--port', String(port), '--admin-port', String(adminPort), '--data', data],
});
after(async () => {
  await standalone.kill('SIGKILL');
  await rm(data, { recursive: true, force: true });
});
await standalone.ready();

/** One process at a time may have the stores. */
async function evidence() {
  const log = createEmbeddedEventLog({ file: join(data, 'event-log.sqlite'), logger: silentLogger() });
  try {
    return await readEvidence(log, openCursorKey(join(data, 'cursor-key')));
  } finally {
    await log.close();
  }
}

test('killed and started again, it goes on from the cursors of before', async (t) => {
  const watched = await Promise.all(
    Array.from({ length: 4 }, async (_, n) => (await change(url, 'create', content(`Watched ${n}`)))!.productId),
  );
  const urls = [url];
  const followers = [
    await follow({ urls, ask: allChanges }),
    await follow({ urls, ask: changesOf(watched.slice(0, 2)) }),
    await followStream({ urls, ask: allChanges }),
  ];
  t.after(() => Promise.all(followers.map((one) => one.stop())));
  for (let round = 1; round <= 2; round += 1) {
    const load = startLoad({ gateways: urls, watched, seed: round });
    t.after(() => load.stop());
    await until('there are changes', () => load.made.length >= 40, 30_000);
    await standalone.kill('SIGKILL');
    await load.stop();
    await standalone.restart();
    await standalone.ready();
  }
  const late = await follow({ urls, ask: allChanges, after: followers[0]!.start });
  t.after(() => late.stop());
  // So many that every partition has one, behind all that came before.
  const lasts = await Promise.all(Array.from({ length: 24 }, (_, n) => change(url, 'create', content(`Last ${n}`))));
  const isTold = ({ told, failures }: Testimony) => {
    assert.deepEqual(failures, []);
    return lasts.every((last) => told.some(({ productId }) => productId === last!.productId));
  };
  await until('all were told the last', () => [followers[0]!, followers[2]!, late].every(isTold), 30_000);
  assert.equal(await standalone.stop(), 0);
  await allTold({ followers: [...followers, late], evidence });
});
