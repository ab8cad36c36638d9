import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, parse, validate } from 'graphql';
import { createProductBody } from '../rest/schemas.ts';
import { readSupergraph } from '../supergraph/load.ts';

const read = (name: string) => readFile(new URL(`./static/${name}`, import.meta.url), 'utf8');
let schema: GraphQLSchema;

before(() => {
  schema = Supergraph.build(readSupergraph()).apiSchema().toGraphQLJSSchema();
});

describe('the examples that people copy', () => {
  test('the operations of the home page are operations of the graph', async () => {
    const html = await read('home.html');
    const operations = [...html.matchAll(/data-kind="(?:graphql|subscription)">.*?<code>(.*?)<\/code>/gs)];
    assert.equal(operations.length, 3);
    for (const [, text = ''] of operations) assert.deepEqual(validate(schema, parse(text)), [], text);
  });

  test('the operations of GraphiQL are operations of the graph', async () => {
    const operations = [...(await read('graphiql.js')).matchAll(/= `([^`]+)`;/g)];
    assert.equal(operations.length, 3);
    for (const [, text = ''] of operations) assert.deepEqual(validate(schema, parse(text)), [], text);
  });

  test('the operations of the live page are operations of the graph', async () => {
    const source = await read('live.js');
    const fields = /PRODUCT = '([^']+)'/.exec(source)?.[1] ?? '';
    const operations = [...source.matchAll(/[`']((?:query|subscription|mutation) [^`']+)[`']/g)];
    assert.equal(operations.length, 7);
    for (const [, text = ''] of operations)
      assert.deepEqual(validate(schema, parse(text.replaceAll(/\$\{PRODUCT\}/g, fields))), [], text);
  });

  test('the body of the REST example makes a product', async () => {
    const body = /-d '(\{[^']+\})'/.exec(await read('home.html'))?.[1] ?? '';
    assert.equal(createProductBody.safeParse(JSON.parse(body)).success, true);
  });
});
