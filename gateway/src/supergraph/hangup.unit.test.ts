import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@tributary/service/testing';
import type { GraphQLFormattedError } from 'graphql';
import { fakeInventory, supergraphWithInventory } from '../testing/inventory.ts';
import { PRODUCT_ID } from '../testing/products.ts';
import { readSupergraph } from './load.ts';

const script = fileURLToPath(new URL('../testing/reloading-process.ts', import.meta.url));

async function given(t: TestContext, ...args: string[]) {
  const flags = ['--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const { url } = await until('the gateway listens', () => lines.find((line) => line.url && !line.msg));
  async function stock(): Promise<unknown> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ product(id: "${PRODUCT_ID}") { stock } }` }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { product: { stock: number } };
      errors: GraphQLFormattedError[];
    };
    return data?.product.stock ?? errors[0]?.extensions?.code;
  }
  const stoppedBy = () => lines.filter(({ msg }) => msg === 'stopping').map(({ signal }) => signal);
  const refused = () => lines.filter(({ code }) => code === 'SUPERGRAPH_INVALID').length;
  return { child, ended, stock, refused, stoppedBy };
}

test('a file that is replaced is loaded without a restart, and at SIGHUP it is looked at again', async (t) => {
  const inventory = await fakeInventory(() => 7);
  const folder = await mkdtemp(join(tmpdir(), 'tributary-hangup-'));
  t.after(() => Promise.all([inventory.stop(), rm(folder, { recursive: true })]));
  const file = join(folder, 'supergraph.graphql');
  const put = async (sdl: string) => {
    await writeFile(join(folder, 'next'), sdl);
    await rename(join(folder, 'next'), file);
  };
  await put(readSupergraph());
  const { child, ended, stock, refused, stoppedBy } = await given(t, file);
  assert.equal(await stock(), 'GRAPHQL_VALIDATION_FAILED');

  await put('{');
  for (const times of [1, 2]) {
    child.kill('SIGHUP');
    await until(`it is refused ${times} times`, () => refused() >= times);
  }
  assert.equal(await stock(), 'GRAPHQL_VALIDATION_FAILED');

  await put(
    supergraphWithInventory().replace('name: "inventory", url: ""', `name: "inventory", url: "${inventory.url}"`),
  );
  await until('the stock can be asked for', async () => (await stock()) === 7);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual(stoppedBy(), ['SIGTERM']);
});

test('SIGHUP does no harm to a gateway without a file', async (t) => {
  const { child, ended, stock, stoppedBy } = await given(t);
  child.kill('SIGHUP');
  assert.equal(await stock(), 'GRAPHQL_VALIDATION_FAILED');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual(stoppedBy(), ['SIGTERM']);
});
