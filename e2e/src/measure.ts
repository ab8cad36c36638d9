import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '@tributary/engines';
import { graphql, subscribe } from './client.ts';
import { startDeployment } from './deployment.ts';
import { phaseMeansMs, phaseSums } from './phases.ts';
import { startProcess, untilReady } from './processes.ts';

const HELP = `npm run measure [-- --count N]

Measures how long one client waits, one request at a time, on both stacks: real engines with one of each service as its
own process, and the embedded stack in one process. Prints milliseconds: p50, p90, p99, and
for a create the mean of its steps as the services measure them.

  --count N   requests of each kind (default 300)
`;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '300' }, help: { type: 'boolean', default: false } },
});
const count = Number(values.count);
if (values.help || !Number.isInteger(count) || count < 1) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const input = (n: number) => ({ name: `Measured ${n}`, description: 'One of many.', price: '19.99' });
const CREATE =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId command { state } } }';
const CREATE_AND_READ =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { id version name } } }';

/** What a client waits for: the outcome; the product read back in the same operation; the event on a subscription. */
async function measureClient(stack: string, url: string, adminUrls: readonly string[]): Promise<void> {
  for (let n = 0; n < 50; n++) await graphql(url, CREATE_AND_READ, { input: input(n) });

  const before = await phaseSums(adminUrls);
  report(stack, 'create with its outcome', await times((n) => graphql(url, CREATE, { input: input(n) })));
  for (const [phase, ms] of Object.entries(phaseMeansMs(before, await phaseSums(adminUrls))))
    process.stdout.write(`${''.padEnd(14)}   ${phase.padEnd(36)} mean ${ms.toFixed(1).padStart(4)}\n`);
  report(
    stack,
    'created, read through the graph',
    await times((n) => graphql(url, CREATE_AND_READ, { input: input(n) })),
  );

  const subscriber = await subscribe<{ productCreated: { product: { name: string } } }>(
    url,
    'subscription { productCreated { product { name } } }',
  );
  const delivered = await times(async (n) => {
    const name = `Delivered ${n}`;
    const published = graphql(url, CREATE, { input: { ...input(n), name, wait: 'NONE' } });
    await subscriber.next(({ productCreated }) => productCreated.product.name === name);
    await published;
  });
  report(stack, 'created, delivered to a subscriber', delivered);
  await subscriber.close();
}

async function times(request: (n: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    await request(n);
    taken.push(performance.now() - started);
  }
  return taken;
}

function report(stack: string, what: string, taken: readonly number[]): void {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  process.stdout.write(
    `${stack.padEnd(14)} ${what.padEnd(36)} p50 ${at(0.5).padStart(6)}   p90 ${at(0.9).padStart(6)}   p99 ${at(0.99).padStart(6)}\n`,
  );
}

async function measureEmbedded(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'tributary-measure-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const start = async () => {
    const args = ['--port', String(port), '--admin-port', String(adminPort), '--data', data];
    const service = startProcess('standalone', 'standalone/src/main.ts', {}, args);
    await untilReady(service, adminPort);
    return service;
  };
  let service = await start();
  await measureClient('embedded', `http://127.0.0.1:${port}`, [`http://127.0.0.1:${adminPort}`]);
  const starts: number[] = [];
  for (let n = 0; n < 5; n++) {
    await service.stop();
    const started = performance.now();
    service = await start();
    starts.push(performance.now() - started);
  }
  report('embedded', 'a later start, to ready', starts);
  await service.stop();
  await rm(data, { recursive: true, force: true });
}

const deployment = await startDeployment(1);
await measureClient('real engines', deployment.gateways[0], deployment.adminUrls);
await deployment.stop();
await deployment.discard();
await measureEmbedded();
process.exit(0);
