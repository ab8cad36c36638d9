import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Outcome } from '../ledger.ts';
import type { Item } from '../row.ts';
import type { Trouble } from './answer.ts';
import { deliver } from './deliver.ts';
import { type FakeAnswer, type FakeGateway, type FakeRequest, rowsAnswer, startFakeGateway } from './fake-gateway.ts';
import { type Gateway, openGateway, type ProductContent } from './gateway.ts';

let fake: FakeGateway;
let gateway: Gateway;
let stopping: AbortController;
/** What became of the rows, by name, and what was waited for between attempts. */
let outcomes: Record<string, Outcome>;
let pauses: Trouble[];
let onPause: () => void;

afterEach(async () => {
  await gateway.close();
  await fake.close();
});

async function deliverTo(
  answer: (request: FakeRequest, nth: number) => FakeAnswer | null,
  ...items: Item[]
): Promise<void> {
  fake = await startFakeGateway(answer);
  gateway = await openGateway({ url: fake.url, connections: 2 });
  stopping = new AbortController();
  outcomes = {};
  pauses = [];
  onPause = () => {};
  const patience = {
    progress() {},
    trouble: () => null,
    async pause(trouble: Trouble) {
      pauses.push(trouble);
      onPause();
    },
  };
  const settle = ({ input }: Item, outcome: Outcome) => {
    assert.equal(outcomes[input.name], undefined, 'a row has two outcomes');
    outcomes[input.name] = outcome;
  };
  await deliver(items, { gateway, patience, settle, stopping: stopping.signal });
}

function item(name: string, changes: Partial<Item> = {}): Item {
  const input = { name, description: 'd', price: '1', idempotencyKey: `import:${name}` };
  return { row: 1, line: 2, fields: { name }, input, productId: `id of ${name}`, isThere: false, ...changes };
}
const product = (name: string, price = '1'): ProductContent => ({ name, description: 'd', price });
const command = (state: string, code?: string) => ({
  command: { id: 'c', state, rejection: code ? { code, message: `because of ${code}` } : null },
});
const nothingThere = (request: FakeRequest) => rowsAnswer(request.rows.map(() => null));
const unavailable: FakeAnswer = {
  status: 503,
  headers: { 'retry-after': '3' },
  body: { errors: [{ message: 'away', path: ['p0'], extensions: { code: 'UNAVAILABLE' } }], data: null },
};

const kinds = () => Object.fromEntries(Object.entries(outcomes).map(([name, { kind }]) => [name, kind]));
const sent = () =>
  fake.requests.filter(({ kind }) => kind === 'create').map(({ rows }) => rows.map(({ name }) => name));
function rejectOf(name: string) {
  const outcome = outcomes[name];
  return outcome?.kind === 'rejected' ? [outcome.reject.code, outcome.reject.reason] : outcome?.kind;
}

test('what is there is not sent, the others go in one request, whole and with their keys', async () => {
  const there: Record<string, ProductContent> = { 'id of pan': product('pan'), 'id of pot': product('pot', '2') };
  await deliverTo(
    ({ kind, rows }) =>
      kind === 'look'
        ? rowsAnswer(rows.map((id) => there[String(id)] ?? null))
        : rowsAnswer(rows.map(() => command('COMMITTED'))),
    ...[item('pan'), item('pot'), item('cup'), item('mug', { isThere: true })],
  );
  // The pot was changed since it was imported: its key still gives the first outcome, and it is not new.
  assert.deepEqual(kinds(), { pan: 'repeated', pot: 'repeated', cup: 'accepted', mug: 'repeated' });
  assert.deepEqual(fake.requests[1]?.rows, [item('pot').input, item('cup').input, item('mug').input]);
  assert.deepEqual(outcomes.cup, { kind: 'accepted', productId: 'id of cup' });
  assert.equal(pauses.length, 0);
});

test('a row whose outcome is pending is sent again under its key until it has one', async () => {
  let pending = 2;
  await deliverTo(
    (request) => {
      if (request.kind === 'look') return nothingThere(request);
      return rowsAnswer(
        request.rows.map(({ name }) => command(name === 'pot' && pending-- > 0 ? 'PENDING' : 'COMMITTED')),
      );
    },
    ...[item('pan'), item('pot'), item('cup')],
  );
  assert.deepEqual(kinds(), { pan: 'accepted', pot: 'accepted', cup: 'accepted' });
  assert.deepEqual(sent(), [['pan', 'pot', 'cup'], ['pot'], ['pot']]);
});

test('an outage, whatever it looks like, is waited for, and nothing is lost', async () => {
  const outages = [unavailable, null, { status: 502, body: '<html>' }, { status: 503, body: '' }];
  await deliverTo(
    (request) => {
      if (request.kind === 'look') return unavailable;
      const outage = outages.shift();
      return outage === undefined ? rowsAnswer(request.rows.map(() => command('COMMITTED'))) : outage;
    },
    ...[item('pan'), item('pot')],
  );
  assert.deepEqual(kinds(), { pan: 'accepted', pot: 'accepted' });
  assert.deepEqual(sent(), [['pan', 'pot'], ['pan'], ['pan'], ['pan'], ['pan'], ['pot']]);
  assert.deepEqual(pauses[0], { code: 'UNAVAILABLE', reason: 'away', retryAfterMs: 3_000 });
});

test('a row that the gateway refuses does not take the others of its request along', async () => {
  const refuse = (n: number) => ({
    status: 400,
    body: {
      errors: [
        {
          message: 'bad',
          path: [`p${n}`],
          extensions: { code: 'BAD_USER_INPUT', problems: [{ message: 'too long' }] },
        },
      ],
      data: null,
    },
  });
  await deliverTo(
    (request) => {
      if (request.kind === 'look') return nothingThere(request);
      const at = request.rows.findIndex(({ name }) => name === 'pot');
      return at === -1 ? rowsAnswer(request.rows.map(() => command('COMMITTED'))) : refuse(at);
    },
    ...[item('pan'), item('pot'), item('cup')],
  );
  assert.deepEqual(kinds(), { pan: 'accepted', pot: 'rejected', cup: 'accepted' });
  assert.deepEqual(rejectOf('pot'), ['BAD_USER_INPUT', 'too long']);
  assert.deepEqual(sent(), [['pan', 'pot', 'cup'], ['pan'], ['cup']]);
});

test("a refusal of the domain is the row's reason", async () => {
  await deliverTo(
    (request) =>
      request.kind === 'look'
        ? nothingThere(request)
        : rowsAnswer([command('REJECTED', 'IDEMPOTENCY_KEY_REUSED'), command('REJECTED', 'INTERNAL')]),
    ...[item('pan', { line: 7, fields: { name: 'pan', key: 'a' } }), item('pot')],
  );
  assert.deepEqual(outcomes.pan, {
    kind: 'rejected',
    reject: {
      line: 7,
      fields: { name: 'pan', key: 'a' },
      code: 'IDEMPOTENCY_KEY_REUSED',
      reason: 'because of IDEMPOTENCY_KEY_REUSED',
    },
  });
  assert.deepEqual(rejectOf('pot'), ['INTERNAL', 'because of INTERNAL']);
});

test('a product that exists under a key that is forgotten counts as there, if it is the same', async () => {
  const later: Record<string, ProductContent | null> = {
    'id of pan': product('pan'),
    'id of pot': product('pot', '2'),
  };
  await deliverTo(
    ({ kind, rows }, nth) => {
      if (kind === 'create') return rowsAnswer(rows.map(() => command('REJECTED', 'ALREADY_EXISTS')));
      return rowsAnswer(rows.map((id) => (nth === 1 ? null : (later[String(id)] ?? null))));
    },
    ...[item('pan'), item('pot'), item('cup')],
  );
  assert.equal(outcomes.pan?.kind, 'repeated');
  assert.deepEqual(rejectOf('pot'), ['ALREADY_EXISTS', 'the product of this key has another content']);
  assert.deepEqual(rejectOf('cup'), ['ALREADY_EXISTS', 'the product of this key was deleted']);
});

test('a row on which the gateway fails again and again is given up, alone', async () => {
  const failure = {
    status: 500,
    body: {
      errors: [{ message: 'Unexpected', path: ['p0'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      data: null,
    },
  };
  await deliverTo(
    (request) => {
      if (request.kind === 'look') return nothingThere(request);
      if (request.rows.some(({ name }) => name === 'pan')) return failure;
      return rowsAnswer(request.rows.map(() => command('COMMITTED')));
    },
    ...[item('pan'), item('pot')],
  );
  assert.deepEqual(rejectOf('pan'), ['INTERNAL_SERVER_ERROR', 'the gateway fails on this row: Unexpected']);
  assert.equal(outcomes.pot?.kind, 'accepted');
  assert.equal(sent().length, 7);
});

test('when the import is stopped no further attempt begins, and the row stays open', async () => {
  for (const stopsIn of ['request', 'pause'] as const) {
    await deliverTo(
      (request) => {
        if (request.kind === 'look') return nothingThere(request);
        if (stopsIn === 'request') stopping.abort();
        else onPause = () => stopping.abort();
        return unavailable;
      },
      ...[item('pan'), item('pot')],
    );
    assert.deepEqual([outcomes, sent()], [{}, [['pan', 'pot']]], stopsIn);
    if (stopsIn === 'request') await Promise.all([gateway.close(), fake.close()]);
  }
});
