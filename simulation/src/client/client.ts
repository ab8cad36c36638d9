import { setTimeout as delay } from 'node:timers/promises';
import { CommandState, type CommandStatus, ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import type { Random } from '@tributary/service/random';
import { statusOf } from '../../../workers/writer/src/product/outcome.ts';
import type { History, SentCommand } from '../history.ts';
import { COMMANDS, type Connected, type Servers } from '../system.ts';
import { readsOf } from './reader.ts';
import type { Catalogue, Request } from './requests.ts';

export interface ClientOptions {
  connected: Connected;
  servers: Servers;
  catalogue: Catalogue;
  history: History;
  random: Random;
  /** How many requests it makes. */
  requests: number;
  /** How often it waits for the outcome before it goes on. */
  patience: number;
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const LOOKS = 8;
const LOOK_EVERY_MS = 150;
const READ_WAIT_MS = 2_000;

/** A client and the reader that it is connected to: sends commands, waits for some outcomes, reads. Resolves when it is done. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { connected, servers, catalogue, history, random } = options;
  const readModel = servers.readModel.connect(connected.calls);
  const reads = readsOf(connected, servers);
  const { signal } = new AbortController();

  async function send(request: Request): Promise<SentCommand> {
    const command = { ...request, commandId: catalogue.newId() };
    const sent = { command, isAcknowledged: false, isMalformed: false };
    history.sent.set(command.commandId, sent);
    await publish(command);
    sent.isAcknowledged = true;
    return sent;
  }

  function publish(command: ProductCommand): Promise<unknown> {
    const value = ProductCommand.encode(command).finish();
    const record = { key: command.productId, value, headers: { traceparent: TRACEPARENT } };
    return connected.log.log.publish(COMMANDS, [record], { deadlineMs: 3_000 });
  }

  /** Sends a request, and the same again under its key when it is not confirmed, or just so. */
  async function make(request: Request): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const sent = await send(request).catch(() => null);
      if (sent && random.chance(options.patience)) await follow(sent.command);
      if (request.idempotencyKey === undefined || (sent && random.chance(0.7))) return;
    }
  }

  /** Waits for the outcome, as the read model tells it or, sooner, as the writer does. */
  async function follow({ commandId, productId }: ProductCommand): Promise<void> {
    const isAskingWriter = random.chance(0.4);
    const ask = async () => {
      if (!isAskingWriter) return readModel.outcome(commandId);
      const entry = await connected.database.store.inbox.find(commandId);
      return entry ? statusOf(entry) : null;
    };
    for (let look = 0; look < LOOKS; look += 1) {
      const status = await ask().catch(() => null);
      if (status) return readOwnWrite(status, productId, !isAskingWriter);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Never something older; and who has seen COMMITTED in the read model (`isProjected`) can read the product at once. */
  async function readOwnWrite(status: CommandStatus, productId: string, isProjected: boolean): Promise<void> {
    if (status.state !== CommandState.COMMAND_STATE_COMMITTED || status.version === undefined) return;
    const minVersion = status.version;
    const answers = await reads.read([{ id: productId, minVersion, waitMs: READ_WAIT_MS }], signal).catch(() => []);
    for (const answer of answers) {
      if (answer.kind === 'stale' && isProjected)
        history.violations.push(`${status.commandId} is COMMITTED, but a read of version ${minVersion} was stale`);
      if (answer.kind !== 'product') continue;
      catalogue.saw(productId, answer.product.version);
      if (answer.product.version < minVersion)
        history.violations.push(`a read of ${productId} at ${minVersion} answered ${answer.product.version}`);
    }
  }

  /** What a foreign producer might write: no protobuf, or a name that is none. */
  async function makeTrouble(): Promise<void> {
    const command = malformed(catalogue.draw(), catalogue.newId());
    const sent = { command, isAcknowledged: false, isMalformed: true };
    history.sent.set(command.commandId, sent);
    await publish(command).then(
      () => {
        sent.isAcknowledged = true;
      },
      () => {},
    );
  }

  await connected.process.turn('begin');
  for (let count = 0; count < options.requests; count += 1) {
    if (random.chance(0.04)) await makeTrouble();
    await make(catalogue.draw());
  }
}

function malformed(request: Request, commandId: string): ProductCommand {
  return { ...request, commandId, body: { $case: 'update', value: { name: 'nul \u0000' } } };
}
