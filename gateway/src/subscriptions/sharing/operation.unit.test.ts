import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocuments } from '../../documents.ts';
import { defaultLimits } from '../../limits/limits.ts';
import { testLive } from '../../testing/live.ts';
import { createPrepare, type SharedOperation } from './operation.ts';

async function givenPrepare(t: Parameters<typeof testLive>[0]) {
  const { graph } = await testLive(t);
  const { federation, documents } = graph.current();
  const prepare = createPrepare(federation);
  return {
    schema: federation.schema,
    prepare(query: string, variables: Record<string, unknown> = {}, operationName?: string): SharedOperation {
      const document = documents(query);
      assert('kind' in document, JSON.stringify(document));
      const prepared = prepare({ document, operationName, variables });
      assert('operation' in prepared);
      return prepared.operation;
    },
  };
}

test('what is shared has no cursor in it, and no variable that is for nothing else', async (t) => {
  const { prepare } = await givenPrepare(t);
  const { text, variables, key } = prepare(
    `subscription A($after: String, $types: [ProductEventType!] = [CREATED]) {
      productEvents(after: $after, types: $types) { id }
    }`,
    { after: 'x', types: ['CREATED'], more: 1 },
    'A',
  );
  assert.equal(text, 'subscription A($types:[ProductEventType!]=[CREATED]){productEvents(types:$types){id}}');
  assert.deepEqual(variables, { types: ['CREATED'] });
  assert.doesNotMatch(key, /after|more/);
});

test('what is shared is valid by itself: without the other operations, and the fragments that only they use', async (t) => {
  const { prepare, schema } = await givenPrepare(t);
  const { text } = prepare(
    `subscription A { ...Events } subscription B { ...Other }
     fragment Events on Subscription { productEvents(after: "x") { ...Event } }
     fragment Event on ProductEvent { product { name } }
     fragment Other on Subscription { productCreated { ...Deep } }
     fragment Deep on ProductEvent { version }`,
    {},
    'A',
  );
  assert.doesNotMatch(text, /Deep|Other|"x"/);
  assert('kind' in createDocuments({ schema, limits: defaultLimits, introspection: true })(text));
});

test('what is shared is no longer than what was asked, so that no limit meets it later', async (t) => {
  const { prepare } = await givenPrepare(t);
  const fields = Array.from({ length: 40 }, (_, index) => `f${index}:product{id,name}`).join(' ');
  const query = `subscription{productEvents{${fields}}}`;
  assert(prepare(query).text.length <= query.length);
});
