import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { eventually, startDeployment } from '@tributary/e2e';
import { engineAddresses } from '@tributary/engines';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { parseCreate } from '@tributary/product';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { productCommands, productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { everyStack, run, told } from './testing/scenarios.ts';

interface Letter {
  id: string;
  key: string;
  code: string;
  origin: { topic: string };
}

// Two of each: the first that answers is asked, whichever it is.
const deployment = await startDeployment(2);
const { kafkaBrokers } = await engineAddresses(['kafka']);
const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'poison', logger: silentLogger() });
after(async () => {
  await log.close();
  await deployment.discard();
});
const admin = deployment.adminUrls.join(',');

describe('operations, real engines', () =>
  everyStack({ gateway: deployment.gateways[0], admin, processes: deployment.adminUrls.length }));

async function poison(topic: string, key: string, value: Uint8Array): Promise<Letter> {
  await log.publish(topic, [{ key, value, headers: {} }], { deadlineMs: 10_000 });
  const list = async () => (await told<{ deadLetters: Letter[] }>(admin, 'dead-letters', 'list')).deadLetters;
  const letters = await eventually(list, (found) => found.some((letter) => letter.key === key));
  return letters.find((letter) => letter.key === key) as Letter;
}

test('a dead command is found by its id, and replayed', async () => {
  const parsed = parseCreate(
    { name: 'Revived', description: 'Under a wrong key.', price: '1' },
    { caller: 'anonymous', nowMs: Date.now() },
  );
  assert(parsed.ok);
  const { commandId, productId } = parsed.command;
  const { id } = await poison(
    productCommands.name,
    `wrong ${productId}`,
    ProductCommand.encode(parsed.command).finish(),
  );
  const command = () =>
    told<{ state: string; deadLetter: { id: string } | null }>(admin, 'commands', 'show', commandId);
  const dead = await eventually(command, ({ deadLetter }) => deadLetter !== null);
  assert.deepEqual([dead.state, dead.deadLetter?.id], ['REJECTED', id]);

  const { exitCode, stdout } = await run(admin, 'dead-letters', 'replay', id, '--yes');
  assert.equal(exitCode, 0, stdout);
  const [, replay = ''] = /as command (\S+)/.exec(stdout) ?? [];
  const replayed = () =>
    told<{ state: string; decided: { causationId: string } | null }>(admin, 'commands', 'show', replay);
  const { state, decided } = await eventually(replayed, (answer) => answer.decided !== null);
  assert.deepEqual([state, decided?.causationId], ['COMMITTED', commandId]);
  assert.equal((await run(admin, 'dead-letters', 'replay', id, '--yes')).exitCode, 1);
});

test('garbage in either topic blocks nothing, is shown, and can be dropped', async () => {
  for (const { name } of [productCommands, productEvents]) {
    const letter = await poison(name, `garbage ${randomUUID()}`, Buffer.from('no protobuf'));
    assert.equal(letter.origin.topic, name);
    const shown = await told<{ content: null; valueBase64: string }>(admin, 'dead-letters', 'show', letter.id);
    assert.deepEqual([shown.content, shown.valueBase64], [null, Buffer.from('no protobuf').toString('base64')]);
    const refused = await run(admin, 'dead-letters', 'replay', letter.id, '--yes');
    assert.match(refused.stdout, /DEAD_LETTER_UNREADABLE/);
    await told(admin, 'dead-letters', 'drop', letter.id, '--yes');
    const { deadLetters } = await told<{ deadLetters: Letter[] }>(admin, 'dead-letters', 'list');
    assert(!deadLetters.some(({ id }) => id === letter.id));
  }
});

test('status shows the process that is down beside the others', async () => {
  const [, second] = deployment.services;
  assert(second);
  await second.kill('SIGKILL');
  const { exitCode, stdout } = await run(admin, 'status');
  assert.equal(exitCode, 1);
  assert.match(stdout, new RegExp(`^\\? +${second.adminUrl.slice('http://'.length)} +does not answer$`, 'm'));
  assert.match(stdout, /^outbox +/m);
});
