import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import fc from 'fast-check';
import { absent, type Decision, decide, evolve, type ProductChange, type ProductState, versionOf } from './decider.ts';

const ID = '018f0000-0000-7000-8000-000000000001';

/** Few values, so that changes to what already is come up, and expected versions that are right. */
const name = fc.constantFrom('Lamp', 'Light', 'Torch');
const description = fc.constantFrom('It shines.', 'It glows.');
const price = fc.constantFrom('0', '19.99', '20', '99999999999.9999');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const body: fc.Arbitrary<NonNullable<ProductCommand['body']>> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ $case: fc.constant('create'), value: fc.record({ name, description, price }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      $case: fc.constant('update'),
      value: fc.record({ name: optional(name), description: optional(description), price: optional(price) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ $case: fc.constant('delete'), value: fc.constant({}) }) },
);
const command: fc.Arbitrary<ProductCommand> = fc.record({
  commandId: fc.uuid({ version: 7 }),
  productId: fc.constant(ID),
  caller: fc.constant('anonymous'),
  issuedAtMs: fc.constant(0n),
  expectedVersion: fc.option(fc.bigInt({ min: 1n, max: 6n }), { nil: undefined, freq: 3 }),
  body,
});
/** Writers' clocks may go back. */
const commands = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 1_000 })), { maxLength: 30 });

interface Step {
  command: ProductCommand;
  before: ProductState;
  decision: Decision;
  after: ProductState;
}

function handle(all: readonly (readonly [ProductCommand, number])[]): Step[] {
  const steps: Step[] = [];
  let state = absent;
  for (const [each, nowMs] of all) {
    const before = state;
    const decision = decide(before, each, nowMs);
    if (decision.kind === 'changed') state = evolve(before, decision.change);
    steps.push({ command: each, before, decision, after: state });
  }
  return steps;
}

const forAll = (check: (steps: Step[]) => void) =>
  fc.assert(
    fc.property(commands, (all) => check(handle(all))),
    { numRuns: 1_000, seed: 5 },
  );
const changesOf = (steps: readonly Step[]) =>
  steps.flatMap(({ decision }): ProductChange[] => (decision.kind === 'changed' ? [decision.change] : []));

test('every change raises the version by exactly one, and nothing else does', () =>
  forAll((steps) => {
    for (const { before, after, decision } of steps)
      assert.equal(versionOf(after), versionOf(before) + (decision.kind === 'changed' ? 1n : 0n));
    assert.deepEqual(
      changesOf(steps).map(({ product }) => product.version),
      changesOf(steps).map((_, index) => BigInt(index + 1)),
    );
  }));

test('the state is what the changes come to, and each carries all of it', () =>
  forAll((steps) => {
    const changes = changesOf(steps);
    const folded = changes.reduce<ProductState>(evolve, absent);
    assert.deepEqual(folded, steps.at(-1)?.after ?? absent);
    const last = changes.at(-1);
    if (last && folded.kind !== 'absent') assert.deepEqual(folded.product, last.product);
  }));

test('what is deleted never comes back, and is changed by nothing', () =>
  forAll((steps) => {
    for (const {
      before,
      decision,
      command: { body: asked },
    } of steps) {
      if (before.kind !== 'deleted') continue;
      assert(decision.kind === 'refused');
      assert.equal(decision.refusal.code, asked?.$case === 'create' ? 'ALREADY_EXISTS' : 'NOT_FOUND');
    }
  }));

test('a command is refused just when the product is not there, is there already, or has another version than expected', () =>
  forAll((steps) => {
    for (const {
      before,
      decision,
      command: { body: asked, expectedVersion },
    } of steps) {
      const isExpected =
        expectedVersion === undefined || (before.kind === 'present' && expectedVersion === versionOf(before));
      const isPossible = asked?.$case === 'create' ? before.kind === 'absent' : before.kind === 'present';
      assert.equal(decision.kind !== 'refused', isPossible && isExpected);
      if (decision.kind !== 'refused') continue;
      const { code, currentVersion } = decision.refusal;
      assert.equal(code === 'VERSION_CONFLICT', isPossible && !isExpected);
      if (currentVersion !== undefined) assert.equal(currentVersion, versionOf(before));
    }
  }));

test('a change is what the command asks for and leaves the rest; without any, nothing changes', () =>
  forAll((steps) => {
    for (const {
      before,
      decision,
      command: { body: asked },
    } of steps) {
      if (asked?.$case !== 'update' || before.kind !== 'present' || decision.kind === 'refused') continue;
      const { product } = before;
      const given = Object.fromEntries(Object.entries(asked.value).filter(([, value]) => value !== undefined));
      const wanted = { ...product, ...given };
      const isSame =
        wanted.name === product.name && wanted.description === product.description && wanted.price === product.price;
      assert.equal(decision.kind, isSame ? 'unchanged' : 'changed');
      if (decision.kind !== 'changed') continue;
      const { version, updatedAtMs } = decision.change.product;
      assert.deepEqual(decision.change.product, { ...wanted, version, updatedAtMs });
    }
  }));

test('times never go back, whatever the clocks do, and the creation stays', () =>
  forAll((steps) => {
    const changes = changesOf(steps);
    for (const [index, { product }] of changes.entries()) {
      assert(product.updatedAtMs >= (changes[index - 1]?.product.updatedAtMs ?? product.createdAtMs));
      assert.equal(product.createdAtMs, changes[0]?.product.createdAtMs);
    }
  }));

test('a command that comes again after its effect is refused or changes nothing, unless others came in between', () =>
  forAll((steps) => {
    for (const { command: again, after, decision } of steps) {
      if (decision.kind !== 'changed') continue;
      assert.notEqual(decide(after, again, 2_000).kind, 'changed');
    }
  }));

test('deciding reads and does not write: the same comes of the same', () =>
  forAll((steps) => {
    for (const { command: each, before } of steps) {
      const frozen = Object.freeze({ ...before }) as ProductState;
      if (frozen.kind !== 'absent') Object.freeze(frozen.product);
      assert.deepEqual(decide(frozen, each, 500), decide(frozen, each, 500));
    }
  }));
