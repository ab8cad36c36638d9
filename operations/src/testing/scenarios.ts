import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, graphql } from '@tributary/e2e';
import { opsIn } from './given-process.ts';
import { type Ended, ops } from './ops.ts';

/** Runs a command that is to go well, in this process, and tells what its document says. */
export async function told<Document>(admin: string, ...args: string[]): Promise<Document> {
  const { exitCode, stdout, stderr } = await opsIn(`${args.join(' ')} --json --admin ${admin}`);
  assert.equal(exitCode, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Document;
}
/** Runs a command as a process of its own, however it ends. */
export const run = (admin: string, ...args: string[]): Promise<Ended> => ops(args, { env: { TRIBUTARY_ADMIN: admin } });

interface Made {
  createProduct: { command: { id: string }; product: { id: string } };
}

async function make(gateway: string, name: string) {
  const input = { name, description: 'For operators.', price: '19.99' };
  const { data } = await graphql<Made>(
    gateway,
    'mutation ($input: CreateProductInput!) { createProduct(input: $input) { command { id } product { id } } }',
    { input },
  );
  assert(data);
  return { commandId: data.createProduct.command.id, productId: data.createProduct.product.id };
}

export interface SystemUnderOperation {
  /** Base address of a gateway. */
  gateway: string;
  /** The admin ports, as `--admin` takes them. */
  admin: string;
  /** How many processes it has. */
  processes: number;
}

/** What holds on every stack. */
export function everyStack({ gateway, admin, processes }: SystemUnderOperation): void {
  test('status: all is well', async () => {
    const { exitCode, stdout, stderr } = await run(admin, 'status');
    assert.deepEqual([exitCode, stderr], [0, ''], stdout);
    assert.equal(stdout.match(/ ready$/gm)?.length, processes, stdout);
    assert.match(stdout, /^lag in partition 5 +\d+ +\d+$/m);
    assert.match(stdout, /^outbox +/m);
    assert.match(stdout, /^\S+ +serving +/m);
  });

  test('a command and its product can be followed', async () => {
    const { commandId, productId } = await make(gateway, 'Followed');
    const { state, decided } = await told<{ state: string; decided: { productId: string } }>(
      admin,
      ...['commands', 'show', commandId],
    );
    assert.deepEqual([state, decided.productId], ['COMMITTED', productId]);

    const history = () =>
      told<{ events: { type: string; commandId: string }[]; complete: boolean; current: { name: string } }>(
        admin,
        ...['products', 'history', productId],
      );
    const { events, complete, current } = await eventually(history, (answer) => answer.events.length > 0);
    assert.deepEqual(
      events.map((event) => [event.type, event.commandId]),
      [['ProductCreated', commandId]],
    );
    assert.deepEqual([complete, current.name], [true, 'Followed']);
  });

  test('the topics are as they should be', async () => {
    const { agrees } = await told<{ agrees: boolean }>(admin, 'topics', 'check');
    assert.equal(agrees, true);
  });

  test('the read model is verified, rebuilt, rolled back and dropped, and serves all the while', async () => {
    const { productId } = await make(gateway, 'Rebuilt');
    const generations = async () => {
      const status = await told<{ generations: { name: string; state: string }[] }>(admin, 'read-model', 'status');
      return status.generations;
    };
    const serving = async () => (await generations()).find(({ state }) => state === 'serving')?.name;
    const first = await serving();
    assert.equal((await told<{ agrees: boolean }>(admin, 'read-model', 'verify')).agrees, true);
    const rebuilt = await told<{ generation: string; agrees: boolean }>(admin, 'read-model', 'rebuild', '--yes');
    assert.deepEqual([rebuilt.agrees, await serving()], [true, rebuilt.generation]);
    await told(admin, 'read-model', 'rollback', '--yes');
    assert.equal(await serving(), first);
    await told(admin, 'read-model', 'drop', '--yes');
    assert.deepEqual((await generations()).length, 1);
    const { data } = await graphql(gateway, 'query ($id: ID!) { product(id: $id) { name } }', { id: productId });
    assert.deepEqual(data, { product: { name: 'Rebuilt' } });
  });

  test('what is dangerous is refused without a terminal and without --yes', async () => {
    const { exitCode, stderr } = await run(admin, 'read-model', 'rebuild');
    assert.equal(exitCode, 2);
    assert.match(stderr, /built anew.*--yes/s);
  });
}
