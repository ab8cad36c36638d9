import type {
  CommandRecord,
  EventRecord,
  Evidence,
  InboxRow,
  Outcome,
  StoredProduct,
} from '../../evidence/evidence.ts';
import type { Answer, Change, Entry, Operation, SeenProduct, Told } from '../../history/entry.ts';
import { keyFor, nameWith } from '../../history/mark.ts';
import type { Case } from '../facts.ts';

/** A case that may be edited. */
export interface EditableCase extends Case {
  history: Entry[];
  observations: { fault: string; expected: string; isMet: boolean }[];
}

/**
 * A small run with everything in it that the rules are about, and nothing wrong. Commands are `A` to `J`, products `p1` (to
 * version 4), `p2` (deleted as version 2) and `p3`.
 */
export function smallCase(): EditableCase {
  const run = startRun();
  const v = (id: string, version: number, mark: string) => product(id, version, mark);

  run.change('c1', { kind: 'create', mark: 'm01' }, 'A', committed('p1', 1, v('p1', 1, 'm01')));
  run.change(
    'c1',
    { kind: 'update', mark: 'm02', productId: 'p1', expectedVersion: 1 },
    'B',
    committed('p1', 2, v('p1', 2, 'm02')),
  );
  run.read('c1', 'p1', 2, v('p1', 2, 'm02'));
  const keyed = { kind: 'update', mark: 'm03', productId: 'p1', key: keyFor('m03') } as const;
  run.change('c2', keyed, 'C', committed('p1', 3, v('p1', 3, 'm03')));
  run.repeat('c1', keyed, 'D', 'C', committed('p1', 3, v('p1', 3, 'm03')));
  run.change('c2', { ...keyed, content: content('m03', '7') }, 'E', rejected('p1', 'IDEMPOTENCY_KEY_REUSED', null));
  run.change('c2', { kind: 'create', mark: 'm04' }, 'F', committed('p2', 1, v('p2', 1, 'm04')));
  run.read('c2', 'p2', null, v('p2', 1, 'm04'));
  run.change('c2', { kind: 'delete', mark: 'm05', productId: 'p2', key: keyFor('m05') }, 'G', committed('p2', 2));
  run.read('c2', 'p2', 2, null);
  run.change(
    'c1',
    { kind: 'update', mark: 'm06', productId: 'p1', expectedVersion: 1 },
    'H',
    rejected('p1', 'VERSION_CONFLICT', 3),
  );
  run.ask('c1', 'A');
  run.ask('c2', 'H');
  run.say('c1', 'create', 'm07', failed('UNAVAILABLE', null));
  run.change(
    'c1',
    { kind: 'update', mark: 'm08', productId: 'p1' },
    'I',
    failed('COMMAND_NOT_CONFIRMED', 'I'),
    committed('p1', 4),
  );
  run.find('c2', 'm03', [v('p1', 3, 'm03')]);
  run.change(
    'c2',
    { kind: 'create', mark: 'm09', wait: false },
    'J',
    { ...told('J', 'p3'), state: 'PENDING' },
    committed('p3', 1),
  );
  run.repeatEventOf('B');
  return run.drained();
}

const told = (commandId: string, productId: string): Told => ({
  kind: 'told',
  commandId,
  productId,
  state: null,
  version: null,
  rejection: null,
});
const committed = (productId: string, version: number, product?: SeenProduct): Told => ({
  ...told('', productId),
  state: 'COMMITTED',
  version,
  ...(product && { product }),
});
const rejected = (productId: string, code: string, currentVersion: number | null): Told => ({
  ...told('', productId),
  state: 'REJECTED',
  rejection: { code, currentVersion },
});
const failed = (code: string, commandId: string | null): Answer => ({
  kind: 'error',
  code,
  status: 503,
  message: '',
  commandId,
});
const content = (mark: string, price: string) => ({ name: nameWith('Desk', mark), description: 'Oak.', price });
const product = (id: string, version: number, mark: string): StoredProduct => ({
  id,
  version,
  deleted: false,
  ...content(mark, '5'),
});

function startRun() {
  const history: Entry[] = [];
  const commands: CommandRecord[] = [];
  const events: EventRecord[] = [];
  const inbox: InboxRow[] = [];
  const products = new Map<string, StoredProduct>();

  function say(client: string, operation: Operation, answer: Answer): void {
    const n = history.length;
    history.push({
      n,
      client,
      via: 'graphql',
      replica: n % 2,
      invokedMs: n * 10,
      answeredMs: n * 10 + 5,
      operation,
      answer,
    });
  }

  function asked(change: Pick<Change, 'kind' | 'mark'> & Partial<Change>): Change {
    const whole = { wait: true, productId: null, key: null, expectedVersion: null, content: content(change.mark, '5') };
    return { ...whole, ...change, ...(change.kind === 'delete' && { content: null }) };
  }

  function publish(change: Change, commandId: string, productId: string): void {
    const { kind, key, expectedVersion, content } = change;
    const position = { partition: 0, offset: commands.length };
    const { name, description, price } = content ?? { name: null, description: null, price: null };
    commands.push({
      ...position,
      commandId,
      productId,
      caller: 'anonymous',
      key,
      expectedVersion,
      kind,
      name,
      description,
      price,
    });
  }

  function end(change: Change, commandId: string, outcome: Outcome, originalCommandId: string | null): void {
    const { productId, version, rejection } = outcome;
    const id = productId ?? '';
    const takesKey = originalCommandId === null && rejection !== 'IDEMPOTENCY_KEY_REUSED';
    inbox.push({ commandId, caller: 'anonymous', key: takesKey ? change.key : null, outcome });
    const changed = rejection === null && originalCommandId === null;
    const before = products.get(id);
    const after = { ...(before ?? product(id, 1, change.mark)), ...change.content, version: version ?? 0 };
    const state = changed ? { ...after, deleted: change.kind === 'delete' } : null;
    if (state) products.set(id, state);
    const kind = rejection !== null ? 'rejected' : changed ? (`${change.kind}d` as const) : 'completed';
    events.push({
      partition: 0,
      offset: events.length,
      eventId: `event-${commandId}`,
      commandId,
      productId: id,
      version: version ?? before?.version ?? 0,
      kind: kind as EventRecord['kind'],
      product: state,
      rejection,
      originalCommandId,
    });
  }

  const outcomeOf = ({ state, productId, version, rejection }: Told): Outcome => ({
    state: state === 'REJECTED' ? 'REJECTED' : 'COMMITTED',
    productId,
    version,
    rejection: rejection?.code ?? null,
  });

  function perform(
    client: string,
    change: Pick<Change, 'kind' | 'mark'> & Partial<Change>,
    commandId: string,
    original: string | null,
    answer: Answer,
    truth: Told,
  ): void {
    const whole = asked(change);
    say(client, whole, answer.kind === 'told' ? { ...answer, commandId } : answer);
    publish(whole, commandId, truth.productId!);
    end(whole, commandId, outcomeOf(truth), original);
  }

  return {
    /** A command and its answer; `truth` is how it ended, where the answer does not say. */
    change: (
      client: string,
      change: Pick<Change, 'kind' | 'mark'> & Partial<Change>,
      commandId: string,
      answer: Answer,
      truth?: Told,
    ) => perform(client, change, commandId, null, answer, truth ?? (answer as Told)),
    repeat: (
      client: string,
      change: Pick<Change, 'kind' | 'mark'> & Partial<Change>,
      commandId: string,
      original: string,
      answer: Told,
    ) => perform(client, change, commandId, original, answer, answer),
    read: (client: string, productId: string, minVersion: number | null, seen: SeenProduct | null) =>
      say(client, { kind: 'read', productId, minVersion }, { kind: 'product', product: seen }),
    find: (client: string, text: string, found: SeenProduct[]) =>
      say(client, { kind: 'search', text }, { kind: 'found', products: found }),
    say: (client: string, kind: Change['kind'], mark: string, answer: Answer) =>
      say(client, asked({ kind, mark }), answer),
    ask(client: string, commandId: string): void {
      const { outcome } = inbox.find((row) => row.commandId === commandId)!;
      const rejection = outcome.rejection === null ? null : { code: outcome.rejection, currentVersion: 3 };
      say(client, { kind: 'command', commandId }, { kind: 'told', commandId, ...outcome, rejection });
    },
    repeatEventOf(commandId: string): void {
      const event = events.find((one) => one.commandId === commandId)!;
      events.push({ ...event, offset: events.length });
    },
    drained(): EditableCase {
      const stored = [...products.values()];
      const answerOf = (one: StoredProduct) => (one.deleted ? null : { ...one });
      const evidence: Evidence = {
        products: stored,
        inbox,
        outbox: [],
        commands,
        events,
        deadLetters: [],
        readModel: {
          present: stored.filter(({ deleted }) => !deleted),
          atVersion: stored.map((one) => ({ id: one.id, minVersion: one.version, answer: answerOf(one) })),
          plain: stored.map((one) => ({ id: one.id, answer: answerOf(one) })),
          outcomes: inbox.map(({ commandId, outcome }) => ({ commandId, answer: { ...outcome } })),
        },
      };
      // Not structuredClone, which keeps what is shared shared: an edit in one place would be one in others.
      return JSON.parse(JSON.stringify({ history, evidence, observations: [] })) as EditableCase;
    },
  };
}
