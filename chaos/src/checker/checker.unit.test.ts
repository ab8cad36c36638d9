import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventRecord, InboxRow } from '../evidence/evidence.ts';
import type { Answer, Change, Told } from '../history/entry.ts';
import { check, describeViolation, type RuleName, rules } from './index.ts';
import { type EditableCase, smallCase } from './testing/small-case.ts';

test('a history that holds is clean', () => {
  assert.deepEqual(check(smallCase()).map(describeViolation), []);
});

/** What each rule must find, and it alone: doctored so that everything else still fits. */
const doctored: Record<RuleName, Record<string, (given: EditableCase) => void>> = {
  acknowledged: {
    'a command that nobody kept'(given) {
      forget(given, 'J', 'p3');
      given.evidence.commands = given.evidence.commands.filter(({ commandId }) => commandId !== 'J');
    },
    'a command in the log that was never decided': (given) => forget(given, 'J', 'p3'),
    'a command that REST acknowledged without telling its id'(given) {
      forget(given, 'J', 'p3');
      given.evidence.commands = given.evidence.commands.filter(({ commandId }) => commandId !== 'J');
      toldOf(given, 'J').commandId = null;
    },
  },
  'told-outcomes': {
    'another version than is kept': (given) => {
      const told = given.history.find(({ operation }) => operation.kind === 'command')!.answer as Told;
      told.version = 9;
    },
    'COMMITTED, and later REJECTED': (given) => {
      const [asked] = given.history.filter(({ operation }) => operation.kind === 'command');
      asked!.answer = {
        ...(asked!.answer as Told),
        state: 'REJECTED',
        version: null,
        rejection: { code: 'NOT_FOUND', currentVersion: null },
      };
    },
    'that there is no such command': (given) => {
      const [asked] = given.history.filter(({ operation }) => operation.kind === 'command');
      asked!.answer = { ...(asked!.answer as Told), state: null, version: null };
    },
  },
  'one-effect-per-key': {
    'a second command that took effect'(given) {
      const unconfirmed = given.history.find(({ answer }) => answer.kind === 'error' && answer.commandId === 'I')!;
      const key = given.evidence.commands.find(({ commandId }) => commandId === 'C')!.key;
      unconfirmed.operation = { ...(unconfirmed.operation as Change), mark: 'm03', key };
      given.evidence.commands.find(({ commandId }) => commandId === 'I')!.key = key;
    },
    'another content that was taken'(given) {
      given.evidence.commands.find(({ commandId }) => commandId === 'D')!.price = '8';
    },
  },
  'at-most-once': {
    'a change that was refused unsent, and happened'(given) {
      const tries = given.history.find(({ answer }) => answer.kind === 'error' && answer.commandId === 'I')!;
      tries.answer = { kind: 'error', code: 'UNAVAILABLE', status: 503, message: '', commandId: null };
    },
    'one try that came to two commands'(given) {
      const once = given.evidence.commands.find(({ commandId }) => commandId === 'I')!;
      given.evidence.commands.push({ ...once, commandId: 'I2', offset: 99 });
      const row: InboxRow = structuredClone(given.evidence.inbox.find(({ commandId }) => commandId === 'I')!);
      given.evidence.inbox.push({ ...row, commandId: 'I2' });
      given.evidence.readModel.outcomes.push({ commandId: 'I2', answer: row.outcome });
      const [event] = eventsOf(given, 'I');
      given.evidence.events.push({
        ...event!,
        commandId: 'I2',
        eventId: 'event-I2',
        kind: 'completed',
        product: null,
        offset: 99,
      });
    },
  },
  'versions-gapless': {
    'a version that is missing from the topic'(given) {
      // The update to version 3 became a completion, so that every command still has its event.
      Object.assign(eventsOf(given, 'C')[0]!, { kind: 'completed', product: null });
      given.history = given.history.filter(({ answer }) => answer.kind !== 'found');
      for (const { answer } of given.history) if (answer.kind === 'told' && answer.version === 3) delete answer.product;
    },
    'two events of one version'(given) {
      const [event] = eventsOf(given, 'D');
      const [third] = eventsOf(given, 'C');
      Object.assign(event!, { kind: 'updated', product: third!.product });
      const command = given.evidence.commands.find(({ commandId }) => commandId === 'D')!;
      command.key = null;
    },
    'a version in the write model that no command made'(given) {
      const row = given.evidence.inbox.find(({ commandId }) => commandId === 'I')!;
      row.outcome.version = 3;
      eventsOf(given, 'I')[0]!.version = 4;
      given.evidence.events = given.evidence.events.filter(({ commandId }) => commandId !== 'I');
      given.evidence.inbox = given.evidence.inbox.filter(({ commandId }) => commandId !== 'I');
      given.evidence.commands = given.evidence.commands.filter(({ commandId }) => commandId !== 'I');
      given.evidence.readModel.outcomes = given.evidence.readModel.outcomes.filter(
        ({ commandId }) => commandId !== 'I',
      );
      const last = eventsOf(given, 'C')[0]!;
      setState(given, 'p1', { ...last.product!, version: 4 });
      last.product = { ...last.product!, version: 4 };
    },
  },
  'one-event-per-command': {
    'a command without an event': (given) => {
      given.evidence.events = given.evidence.events.filter(({ commandId }) => commandId !== 'H');
    },
    'a refusal that was told twice, by different events': (given) => {
      const [event] = eventsOf(given, 'H');
      given.evidence.events.push({ ...event!, eventId: 'another', offset: 99 });
    },
    'an event that tells another outcome': (given) => {
      eventsOf(given, 'H')[0]!.rejection = 'NOT_FOUND';
    },
    'an event of no command': (given) => {
      const [event] = eventsOf(given, 'H');
      given.evidence.events.push({ ...event!, commandId: 'Z', eventId: 'event-Z', offset: 99 });
    },
  },
  'events-fold-to-state': {
    'a state in the write model that no event told': (given) =>
      setState(given, 'p1', { ...stateOf(given, 'p1'), price: '99' }),
  },
  'read-model': {
    'a product that a search does not find': (given) => {
      given.evidence.readModel.present = given.evidence.readModel.present.filter(({ id }) => id !== 'p1');
    },
    'a deleted product that a search finds': (given) => {
      given.evidence.readModel.present.push({ ...stateOf(given, 'p2'), deleted: false });
    },
    'a tombstone that is missing': (given) => {
      given.evidence.readModel.atVersion.find(({ id }) => id === 'p2')!.answer = 'STALE_READ';
    },
    'an outcome that is missing': (given) => {
      given.evidence.readModel.outcomes[0]!.answer = 'PENDING';
    },
    'a product that is found twice': (given) => {
      given.evidence.readModel.present.push(stateOf(given, 'p1'));
    },
  },
  cache: {
    'an old state': (given) => {
      given.evidence.readModel.plain.find(({ id }) => id === 'p1')!.answer = { ...stateOf(given, 'p1'), version: 3 };
    },
    'nothing, where a product is': (given) => {
      given.evidence.readModel.plain.find(({ id }) => id === 'p1')!.answer = null;
    },
    'a deleted product': (given) => {
      given.evidence.readModel.plain.find(({ id }) => id === 'p2')!.answer = {
        ...stateOf(given, 'p2'),
        deleted: false,
      };
    },
  },
  'min-version': {
    'an older state': (given) => {
      const read = readOf(given, 'p1', 2);
      read.operation = { kind: 'read', productId: 'p1', minVersion: 3 };
    },
    'nothing, where a product is'(given) {
      readOf(given, 'p1', 2).answer = { kind: 'product', product: null };
      // Nobody had seen it, as far as this history tells.
      given.history = given.history.filter(({ answer }) => answer.kind !== 'found');
      for (const { answer } of given.history) if (answer.kind === 'told') delete answer.product;
    },
  },
  session: {
    'a version that falls'(given) {
      const seen = (toldOf(given, 'A') as Told).product!;
      const read = readOf(given, 'p1', 2);
      read.operation = { kind: 'read', productId: 'p1', minVersion: 1 };
      read.answer = { kind: 'product', product: seen };
    },
  },
  'reads-committed': {
    'a state between two': (given) => {
      const read = readOf(given, 'p1', 2);
      read.answer = { kind: 'product', product: { ...stateOf(given, 'p1'), version: 2 } };
    },
    'a found product that never was': (given) => {
      const found = given.history.find(({ answer }) => answer.kind === 'found')!;
      found.answer = { kind: 'found', products: [{ ...stateOf(given, 'p1'), name: 'Nothing' }] };
    },
  },
  'empty-answers': {
    'a product that was there, and is not for a moment': (given) => {
      const read = readOf(given, 'p1', 2);
      read.operation = { kind: 'read', productId: 'p1', minVersion: null };
      read.answer = { kind: 'product', product: null };
    },
    'a product that is missing before anybody deletes it': (given) => {
      const [read, first] = [readOf(given, 'p1', 2), readOf(given, 'p2', null)];
      read.operation = { kind: 'read', productId: 'p2', minVersion: null };
      read.answer = { kind: 'product', product: null };
      [read.invokedMs, read.answeredMs] = [first.answeredMs + 1, first.answeredMs + 2];
    },
  },
  resurrection: {
    'a product that is read after its deletion': (given) => {
      const read = readOf(given, 'p2', 2);
      const [created] = eventsOf(given, 'F');
      read.answer = { kind: 'product', product: { ...created!.product!, version: null } };
    },
    'a tombstone that lives again': (given) => {
      const [deleted] = eventsOf(given, 'G');
      deleted!.product = { ...deleted!.product!, deleted: false };
      setState(given, 'p2', deleted!.product);
      given.evidence.readModel.present.push(deleted!.product);
      for (const list of [given.evidence.readModel.atVersion, given.evidence.readModel.plain])
        list.find(({ id }) => id === 'p2')!.answer = deleted!.product;
      given.history = given.history.filter(({ operation }) => operation.kind !== 'read');
    },
  },
  'expected-version': {
    'a conflict that was ignored': (given) => {
      given.evidence.commands.find(({ commandId }) => commandId === 'C')!.expectedVersion = 1;
      given.evidence.commands.find(({ commandId }) => commandId === 'D')!.expectedVersion = 1;
    },
    'a conflict with the version that was expected': (given) => {
      toldOf(given, 'H').rejection = { code: 'VERSION_CONFLICT', currentVersion: 1 };
    },
  },
  errors: {
    'a fault inside': (given) => {
      given.history.find(({ answer }) => answer.kind === 'error')!.answer = failure('INTERNAL_SERVER_ERROR');
    },
    'no stable code': (given) => {
      readOf(given, 'p1', 2).answer = failure('');
    },
    'a fault inside, in the read of what was changed': (given) => {
      const told = toldOf(given, 'B');
      delete told.product;
      told.productError = 'INTERNAL_SERVER_ERROR';
    },
  },
  'nothing-left': {
    'a dead letter': (given) => {
      given.evidence.deadLetters.push({ topic: 'products.commands.v1.dlq', offset: 0, reason: 'undecodable' });
    },
    'a record in the outbox': (given) => {
      given.evidence.outbox.push({ key: 'p1', version: 4 });
    },
  },
  'outages-told': {
    'a fault that nobody noticed': (given) => {
      given.observations.push({ fault: 'MongoDB killed', expected: 'not ready', isMet: false });
    },
  },
};

for (const [rule, cases] of Object.entries(doctored))
  describe(`the rule ${rule} finds`, () => {
    for (const [what, doctor] of Object.entries(cases))
      test(what, () => {
        const given = smallCase();
        doctor(given);
        const found = check(given);
        assert.deepEqual(
          [...new Set(found.map((violation) => violation.rule))],
          [rule],
          found.map(describeViolation).join('\n'),
        );
      });
  });

test('every rule has a history that breaks it', () => {
  assert.deepEqual(Object.keys(doctored), Object.keys(rules));
});

test('a violation is told with the history that shows it', () => {
  const given = smallCase();
  given.history.find(({ operation }) => operation.kind === 'read')!.operation = {
    kind: 'read',
    productId: 'p1',
    minVersion: 3,
  };
  const [violation] = check(given);
  const text = describeViolation(violation!);
  assert.match(text, /^min-version: p1: a read of at least version 3 \(#2\) was answered with version 2\n/);
  assert.match(text, /history {2}#2 20–25 ms c1 graphql\/0 .*"minVersion":3/);
  assert.match(text, /evidence \{"id":"p1","version":4/);
});

const failure = (code: string): Answer => ({ kind: 'error', code, status: 500, message: '', commandId: null });

function eventsOf(given: EditableCase, command: string): EventRecord[] {
  return given.evidence.events.filter(({ commandId }) => commandId === command);
}

function toldOf(given: EditableCase, command: string): Told {
  const entry = given.history.find(
    ({ operation, answer }) => operation.kind !== 'command' && answer.kind === 'told' && answer.commandId === command,
  );
  return entry!.answer as Told;
}

function readOf(given: EditableCase, id: string, minVersion: number | null) {
  return given.history.find(
    ({ operation }) => operation.kind === 'read' && operation.productId === id && operation.minVersion === minVersion,
  )!;
}

const stateOf = (given: EditableCase, id: string) => given.evidence.products.find((product) => product.id === id)!;

/** The same state in the write model and in everything that is read. */
function setState(given: EditableCase, id: string, state: EditableCase['evidence']['products'][number]): void {
  const { products, readModel } = given.evidence;
  Object.assign(products.find((product) => product.id === id)!, state);
  for (const product of readModel.present) if (product.id === id) Object.assign(product, state);
  for (const read of [...readModel.atVersion, ...readModel.plain])
    if (read.id === id && read.answer !== null && typeof read.answer !== 'string') Object.assign(read.answer, state);
}

/** Takes every trace of a command's end, and of the product that it made, out of the evidence. */
function forget({ evidence }: EditableCase, command: string, id: string): void {
  evidence.inbox = evidence.inbox.filter(({ commandId }) => commandId !== command);
  evidence.events = evidence.events.filter(({ commandId }) => commandId !== command);
  evidence.products = evidence.products.filter((product) => product.id !== id);
  const { readModel } = evidence;
  readModel.present = readModel.present.filter((product) => product.id !== id);
  readModel.plain = readModel.plain.filter((read) => read.id !== id);
  readModel.atVersion = readModel.atVersion.filter((read) => read.id !== id);
  readModel.outcomes = readModel.outcomes.filter(({ commandId }) => commandId !== command);
}
