import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

const load = (name: string) => import(new URL(`./static/${name}.js`, import.meta.url).href);
const { createCatalogue } = await load('live-catalogue');
const { createCatchUp, describeCatchUp } = await load('live-catch-up');
const { createServerClock } = await load('live-clock');
const { createCommands, duration } = await load('live-commands');
const { problemsOf } = await load('graphql-request');

/** The number is the product's age: 1 was created first. */
function product(number: number, version = 1) {
  const id = `p${String(number).padStart(3, '0')}`;
  const createdAt = new Date(number * 1_000).toISOString();
  return { id, version, name: `Product ${number}`, description: 'd', price: '1', createdAt };
}

function event(type: 'CREATED' | 'UPDATED' | 'DELETED', number: number, version: number) {
  const value = product(number, version);
  const occurredAt = new Date(0).toISOString();
  return { type, productId: value.id, version, commandId: 'c', occurredAt, product: type === 'DELETED' ? null : value };
}

function reading(products: readonly ReturnType<typeof product>[], totalCount = products.length) {
  return { products, totalCount, totalCountIsExact: true };
}

const catalogueOf = (...read: ReturnType<typeof product>[]) => {
  const catalogue = createCatalogue();
  catalogue.read(reading(read), { isSure: true });
  return catalogue;
};
const shown = (catalogue: ReturnType<typeof catalogueOf>) =>
  catalogue.products().map(({ id, version }: { id: string; version: number }) => `${id}@${version}`);

describe('the catalogue', () => {
  test('shows what events tell, the newest first', () => {
    const catalogue = catalogueOf(product(2), product(1));
    assert.deepEqual(catalogue.apply(event('CREATED', 3, 1)), { isNew: true, missed: 0, name: 'Product 3' });
    catalogue.apply(event('UPDATED', 1, 2));
    assert.deepEqual(shown(catalogue), ['p003@1', 'p002@1', 'p001@2']);
    assert.deepEqual(catalogue.apply(event('DELETED', 2, 2)), { isNew: true, missed: 0, name: 'Product 2' });
    assert.deepEqual(shown(catalogue), ['p003@1', 'p001@2']);
    assert.deepEqual(catalogue.counts(), { total: 2, rest: 0, isExact: true });
  });

  test('of an event and a reading the higher version stands, whichever comes first', () => {
    const catalogue = createCatalogue();
    catalogue.apply(event('UPDATED', 1, 5));
    catalogue.read(reading([product(1, 4)]), { isSure: true });
    assert.deepEqual(shown(catalogue), ['p001@5']);
    catalogue.read(reading([product(1, 7)]), { isSure: true });
    assert.equal(catalogue.apply(event('UPDATED', 1, 6)).isNew, false);
    assert.equal(catalogue.apply(event('UPDATED', 1, 7)).isNew, false);
    assert.deepEqual(shown(catalogue), ['p001@7']);
  });

  test('what was deleted stays deleted, though a reading that began before still has it', () => {
    const catalogue = createCatalogue();
    catalogue.apply(event('DELETED', 1, 2));
    catalogue.read(reading([product(1, 1)]), { isSure: true });
    catalogue.apply(event('UPDATED', 1, 1));
    assert.deepEqual(shown(catalogue), []);
  });

  test('tells a gap between the versions of a product that it knows', () => {
    const catalogue = catalogueOf(product(1));
    assert.equal(catalogue.apply(event('UPDATED', 1, 2)).missed, 0);
    assert.equal(catalogue.apply(event('UPDATED', 1, 5)).missed, 2);
    assert.equal(catalogue.apply(event('UPDATED', 1, 6)).missed, 0);
    assert.equal(catalogue.apply(event('UPDATED', 2, 9)).missed, 0, 'nothing was known of it');
    assert.equal(catalogue.apply(event('DELETED', 2, 11)).missed, 1);
  });

  test('takes no gap from a reading that may be behind the events', () => {
    const catalogue = createCatalogue();
    catalogue.read(reading([product(1, 1), product(2, 1)]), { isSure: false });
    assert.equal(catalogue.apply(event('UPDATED', 1, 3)).missed, 0);
    catalogue.read(reading([product(1, 3), product(2, 1)]), { isSure: true });
    assert.equal(catalogue.apply(event('UPDATED', 2, 3)).missed, 1);
  });

  test('after events were lost, a reading says what is still there, and no gap is told', () => {
    const catalogue = catalogueOf(product(3), product(2), product(1));
    catalogue.doubt();
    catalogue.apply(event('CREATED', 4, 1));
    assert.equal(catalogue.apply(event('UPDATED', 2, 7)).missed, 0);
    catalogue.read(reading([product(3, 2)]), { isSure: false });
    assert.deepEqual(shown(catalogue), ['p004@1', 'p003@2', 'p002@7']);
  });

  test('does not show one of the rest because it changes', () => {
    const catalogue = createCatalogue();
    catalogue.read(reading([product(9), product(8)], 50), { isSure: true });
    catalogue.apply(event('UPDATED', 2, 4));
    assert.deepEqual(shown(catalogue), ['p009@1', 'p008@1']);
    assert.deepEqual(catalogue.counts(), { total: 50, rest: 48, isExact: true });
  });

  test('holds the newest, and counts the rest', () => {
    const catalogue = createCatalogue({ most: 3 });
    catalogue.read(reading([product(9), product(8), product(7)], 50), { isSure: true });
    catalogue.apply(event('CREATED', 10, 1));
    assert.deepEqual(shown(catalogue), ['p010@1', 'p009@1', 'p008@1']);
    assert.deepEqual(catalogue.counts(), { total: 51, rest: 48, isExact: true });
    catalogue.apply(event('UPDATED', 2, 4));
    assert.deepEqual(shown(catalogue), ['p010@1', 'p009@1', 'p008@1'], 'one of the rest stays there');
    catalogue.apply(event('DELETED', 2, 5));
    assert.equal(catalogue.counts().rest, 47);
  });
});

describe('catching up', () => {
  const at = (ms: number, missed = 0) => ({ occurredAt: new Date(ms).toISOString(), missed });

  test('counts what happened before the connection was there again, and no more', () => {
    const catchUp = createCatchUp();
    catchUp.add(at(1_000));
    assert.equal(catchUp.now(), null);
    catchUp.begin(5_000);
    assert.equal(describeCatchUp(catchUp.now()), 'Nothing happened meanwhile, none missed.');
    catchUp.add(at(4_000));
    assert.equal(describeCatchUp(catchUp.now()), '1 event caught up, none missed.');
    catchUp.add(at(5_000));
    catchUp.add(at(6_000));
    assert.equal(describeCatchUp(catchUp.now()), '2 events caught up, none missed.');
    catchUp.begin(9_000);
    assert.equal(catchUp.now().events, 0);
  });

  test('says what is missing, also when only a later event shows it', () => {
    const catchUp = createCatchUp();
    catchUp.begin(5_000);
    catchUp.add(at(4_000));
    catchUp.add(at(6_000, 2));
    assert.equal(describeCatchUp(catchUp.now()), '1 event caught up, but 2 changes missed.');
    catchUp.lost();
    assert.match(describeCatchUp(catchUp.now()), /loaded anew/);
  });
});

describe('commands', () => {
  function played() {
    let nowMs = 0;
    const commands = createCommands({ now: () => nowMs, most: 3 });
    const command = commands.sent({ kind: 'Create', name: 'Desk', productId: null });
    return {
      commands,
      command,
      at(ms: number) {
        nowMs = ms;
      },
      steps: () =>
        command.steps.map(({ label, detail, atMs }: Record<string, unknown>) => [label, detail, atMs].join(' ')),
    };
  }

  test('show their way through their states', () => {
    const { commands, command, at, steps } = played();
    at(10);
    commands.accepted(command, { id: 'c1', productId: 'p1' });
    at(30);
    commands.decided(command, { state: 'COMMITTED', version: 1, rejection: null });
    at(35);
    commands.seen('c1');
    commands.seen('c1');
    commands.seen('other');
    assert.deepEqual(steps(), ['sent  0', 'accepted c1 10', 'COMMITTED version 1 30', 'seen live  35']);
    assert.equal(command.productId, 'p1');
  });

  test('an event can come before the answer that accepts its command', () => {
    const { commands, command, at, steps } = played();
    at(5);
    commands.seen('c1');
    commands.seen('c2');
    at(10);
    commands.accepted(command, { id: 'c1', productId: 'p1' });
    assert.deepEqual(steps(), ['sent  0', 'seen live  5', 'accepted c1 10']);
    const next = commands.sent({ kind: 'Update', name: 'Desk', productId: 'p1' });
    commands.accepted(next, { id: 'c2', productId: 'p1' });
    assert.equal(next.steps.length, 2, 'what came before it was sent is not of it');
  });

  test('tell why they were refused, or never were accepted', () => {
    const { commands, command, steps } = played();
    const rejection = { code: 'VERSION_CONFLICT', message: 'the product has version 2, not 1', currentVersion: 2 };
    commands.accepted(command, { id: 'c1', productId: 'p1' });
    commands.decided(command, { state: 'REJECTED', version: null, rejection });
    assert.equal(steps().at(-1), 'REJECTED VERSION_CONFLICT: the product has version 2, not 1 0');
    assert.equal(command.rejection, rejection);
    const second = commands.sent({ kind: 'Create', name: 'Desk', productId: null });
    commands.failed(second, 'the name is empty');
    assert.equal(second.steps.at(-1).tone, 'bad');
    const third = commands.sent({ kind: 'Create', name: 'Desk', productId: null });
    commands.unconfirmed(third, 'c3');
    assert.equal(third.id, 'c3');
    const fourth = commands.sent({ kind: 'Create', name: 'Desk', productId: null });
    assert.deepEqual(commands.all(), [fourth, third, second]);
  });

  test('durations are short to read', () => {
    assert.deepEqual([12.4, 999, 1_250, 90_000, 7_200_000].map(duration), ['12 ms', '999 ms', '1.3 s', '2 min', '2 h']);
  });
});

test('what is wrong with a field goes to the field, and the rest beside', () => {
  const problem = (field: string, message: string) => ({ path: ['input', field], code: 'X', message });
  const refusal = (problems: object[]) => [{ message: 'all of it', extensions: { code: 'BAD_USER_INPUT', problems } }];
  const fields = ['name', 'price'];
  assert.deepEqual(problemsOf(refusal([problem('name', 'too long'), problem('price', 'no number')]), fields), {
    fields: { name: 'too long', price: 'no number' },
    other: null,
  });
  assert.deepEqual(problemsOf(refusal([problem('idempotencyKey', 'too long')]), fields), {
    fields: {},
    other: 'too long',
  });
  assert.deepEqual(problemsOf(refusal([]), fields), { fields: {}, other: 'all of it' });
});

test("the gateway's clock is used where this machine's is clearly another", () => {
  const clock = createServerClock(() => 100_000);
  assert.equal(clock.now(), 100_000);
  clock.heard(new Date(101_000).toUTCString());
  assert.equal(clock.now(), 100_000);
  clock.heard(new Date(400_000).toUTCString());
  assert.equal(clock.now(), 400_500);
  clock.heard(null);
  assert.equal(clock.now(), 400_500);
});
