import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from './openapi.ts';
import { commandBody, createProductBody, errorBody, productBody, updateProductBody } from './schemas.ts';

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(JSON.stringify(openApiDocument())));
  assert.deepEqual(result.errors, undefined);
  assert.equal(result.valid, true);
  assert.equal(validator.version, '3.1');
});

test('every reference leads somewhere', () => {
  const document = openApiDocument();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!);
  assert.ok(references.length > 50);
  for (const reference of references) {
    const target = reference
      .split('/')
      .reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], document);
    assert.ok(target, reference);
  }
});

test('the examples pass the checks', () => {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, { requestBody?: object }>> };
  const exampleOf = (path: string, method: string) =>
    JSON.parse(JSON.stringify(paths[path]?.[method]?.requestBody)).content['application/json'].example;
  assert.equal(createProductBody.safeParse(exampleOf('/api/v1/products', 'post')).success, true);
  assert.equal(updateProductBody.safeParse(exampleOf('/api/v1/products/{id}', 'put')).success, true);
});

test('the examples of answers are what the schemas say, each error with the status that it is shown for', () => {
  const document = openApiDocument();
  const operations = Object.values(document.paths as object).flatMap((path: object) => Object.values(path));
  let errors = 0;
  for (const { responses = {} } of operations) {
    for (const [status, response] of Object.entries(responses as Record<string, { content?: object }>)) {
      const { example } = JSON.parse(JSON.stringify(response)).content?.['application/json'] ?? {};
      if (Number(status) < 400 || example === undefined) continue;
      errors += 1;
      assert.equal(errorBody.strict().parse(example).status, Number(status));
    }
  }
  assert.ok(errors > 25, `${errors}`);

  const { schemas } = document.components as { schemas: Record<string, { examples: unknown[] }> };
  for (const [name, body] of Object.entries({ Product: productBody, Command: commandBody }))
    assert.deepEqual(body.strict().parse(schemas[name]?.examples[0]), schemas[name]?.examples[0]);
});

test('the checks of requests are in the document', () => {
  const { schemas } = openApiDocument().components as { schemas: Record<string, Record<string, never>> };
  const create = schemas.CreateProduct as Record<string, unknown>;
  assert.deepEqual(create.required, ['name', 'description', 'price']);
  assert.equal(create.additionalProperties, false);
  assert.equal((schemas.UpdateProduct as Record<string, unknown>).required, undefined);
});
