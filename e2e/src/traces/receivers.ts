import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { until } from '@tributary/service/testing';
import { graphql, rest } from '../client.ts';
import type { Deployment } from '../deployment.ts';
import { clientOf } from './requests.ts';

const AT_ONCE = 20;
const READ = 'query Product($id: ID!) { product(id: $id) { name } }';

/** What a receiver of traces may do to a request instead of taking what it brings. */
export const misbehaviours = {
  'cuts connections': (response: ServerResponse) => void response.destroy(),
  'takes a second, and has an error': (response: ServerResponse) =>
    void setTimeout(() => response.writeHead(503).end(), 1_000),
  'never answers': () => {},
};
export type Misbehaviour = keyof typeof misbehaviours;

/** A receiver of traces that takes none. */
export async function startBadReceiver(
  t: TestContext,
): Promise<{ readonly url: string; behave(as: Misbehaviour): void }> {
  let misbehaviour: Misbehaviour = 'cuts connections';
  const server = createServer((request, response) => {
    request.resume();
    misbehaviours[misbehaviour](response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    behave(as) {
      misbehaviour = as;
    },
  };
}

/** Has products made and read, many at once; fails where one of the answers is not what it is on any other day. */
export async function workThrough({ gateways: [gateway] }: Deployment): Promise<void> {
  const client = clientOf(gateway);
  const work = async (n: number) => {
    const { payload } = await client.create(`Untraced kettle ${n}`);
    assert.equal(payload.command.state, 'COMMITTED');
    const { data, text } = await graphql<{ product: object }>(gateway, READ, { id: payload.productId });
    assert.deepEqual(data?.product, { name: `Untraced kettle ${n}` }, text);
    assert.equal((await rest(gateway, 'GET', `/api/v1/products/${payload.productId}`)).status, 200);
  };
  for (let round = 0; round < 5; round += 1)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(round * AT_ONCE + n)));
}

/** Waits until every process has given up spans: what comes next comes while nobody takes them. */
export async function untilSpansAreLost({ services }: Deployment): Promise<void> {
  const before = await Promise.all(services.map(lostSpans));
  for (const [n, service] of services.entries())
    await until(`${service.name} lost spans`, async () => (await lostSpans(service)) > before[n]!, 30_000);
}

async function lostSpans({ adminUrl }: Deployment['services'][number]): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const [sent, failed] = ['sent', 'failed'].map((result) =>
    Number(new RegExp(`^tributary_traces_spans_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1]),
  );
  assert.equal(sent, 0);
  return failed!;
}
