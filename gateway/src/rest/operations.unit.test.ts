import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Supergraph } from '@apollo/federation-internals';
import { parse, validate } from 'graphql';
import { readSupergraph } from '../supergraph/load.ts';
import { operations } from './operations.ts';

test('every operation is one of the graph, named as it is called', () => {
  const schema = Supergraph.build(readSupergraph()).apiSchema().toGraphQLJSSchema();
  for (const [name, text] of Object.entries(operations)) {
    const document = parse(text);
    assert.deepEqual(validate(schema, document), [], name);
    const [operation] = document.definitions;
    assert.equal(operation?.kind === 'OperationDefinition' && operation.name?.value, name);
  }
});
