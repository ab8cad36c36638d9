import { type ServiceProcess, startProcess } from '@tributary/e2e';
import { freePort } from '@tributary/engines';
import { idAt } from '../catalogue.ts';
import { load } from '../load.ts';
import type { Case } from '../measurement.ts';
import type { Stack } from '../stack.ts';
import { usedBy } from '../usage.ts';
import { PRODUCT } from './read.ts';

const CONNECTIONS = 64;
const HOT_PRODUCTS = 100;

interface Baseline {
  name: string;
  process: ServiceProcess;
  url: string;
}

/** What others do with the request of `read GraphQL hot`: three with the answer in memory, one over the same subgraphs. */
export async function startBaselines(stack: Stack): Promise<{ cases(seconds: number): Case[]; stop(): Promise<void> }> {
  const { subgraphUrls } = stack;
  const started = [
    await start('bare node:http', 'node-http'),
    await start('bare Fastify', 'fastify'),
    await start('bare Apollo Server', 'apollo-server'),
    ...(subgraphUrls
      ? [await start('Apollo Server + Apollo Gateway', 'apollo-gateway', subgraphUrls.commands, subgraphUrls.queries)]
      : []),
  ];
  return {
    cases: (seconds) =>
      started.map(({ name, process, url }) => ({
        name: `baseline ${name} @${CONNECTIONS}`,
        warmsUp: true,
        run: () =>
          usedBy([process], () =>
            load({
              url,
              connections: CONNECTIONS,
              seconds,
              request: (n) => ({
                method: 'POST',
                path: '/graphql',
                body: JSON.stringify({ query: PRODUCT, variables: { id: idAt(n % HOT_PRODUCTS) } }),
              }),
              isRight: (body) => body.includes('"name":'),
            }),
          ),
      })),
    async stop() {
      for (const { process } of started) await process.kill('SIGTERM');
    },
  };
}

async function start(name: string, file: string, ...urls: string[]): Promise<Baseline> {
  const port = await freePort();
  const process = startProcess(file, `bench/src/baselines/${file}.ts`, {}, [String(port), ...urls]);
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 20_000; ; ) {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: PRODUCT, variables: { id: idAt(0) } }),
    }).catch(() => null);
    if ((await answer?.text())?.includes('"name":')) return { name, process, url };
    if (Date.now() > deadline) throw new Error(`${name} does not answer:\n${process.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
