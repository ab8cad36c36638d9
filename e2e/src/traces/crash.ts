import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@tributary/service/testing';
import pg from 'pg';
import type { Deployment } from '../deployment.ts';
import { holdRemoval } from '../live/held-removal.ts';
import type { Replica } from '../replica.ts';
import type { TracedSpan, Traces } from './jaeger.ts';
import { clientOf } from './requests.ts';

export function crashScenarios({ gateways, services, databaseUrl }: Deployment, traces: Traces): void {
  const writer = services.find(({ service }) => service === 'writer') as Replica;
  const client = clientOf(gateways[0]);

  test('a command decided by one writer and published by another has one trace', async () => {
    const { productId } = (await client.create('Two writers')).payload;
    const removal = await holdRemoval(databaseUrl);
    // What is published of the first waits to be removed; what is decided by the second waits for that.
    await client.update({ id: productId, name: 'First', wait: 'NONE' });
    await removal.isWaitedFor();
    const { traceId } = await client.update({ id: productId, name: 'Second', wait: 'NONE' });
    await until('the second is committed', () => standsInOutbox(databaseUrl, traceId), 15_000);
    const named = async (service: string, name: string): Promise<TracedSpan | undefined> =>
      (await traces.spans(traceId)).find((span) => span.service === service && span.name === name);
    // A killed process sends no more spans.
    const decided = await until('its decision was sent', () => named('writer', 'process products.commands.v1'));
    assert.equal(await named('writer', 'publish products.events.v1'), undefined);
    const killed = writer.pid;
    await writer.kill('SIGKILL');
    await removal.release();
    await writer.restart();
    await writer.ready();

    const projected = () => named('projector', 'process products.events.v1');
    const processed = await until('its projection was sent', projected, 20_000);
    const published = await until('its publishing was sent', () => named('writer', 'publish products.events.v1'));
    assert.equal(decided.process['process.pid'], killed);
    assert.equal(published.process['process.pid'], writer.pid);
    assert.equal(published.parentId, decided.spanId);
    assert.equal(processed.parentId, published.spanId);
    const spans = await traces.spans(traceId);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const orphans = spans.filter(({ parentId }) => parentId === null || !ids.has(parentId));
    assert.deepEqual(
      orphans.map(({ service, name }) => `${service}: ${name}`),
      ['gateway: POST /graphql'],
    );
  });
}

async function standsInOutbox(databaseUrl: string, traceId: string): Promise<boolean> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rowCount } = await client.query('select from outbox o where o::text like $1', [`%${traceId}%`]);
  await client.end();
  return rowCount === 1;
}
