import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from './openapi.ts';
import { createProductBody, updateProductBody } from './schemas.ts';

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

test('the checks of requests are in the document', () => {
  const { schemas } = openApiDocument().components as { schemas: Record<string, Record<string, never>> };
  const create = schemas.CreateProduct as Record<string, unknown>;
  assert.deepEqual(create.required, ['name', 'description', 'price']);
  assert.equal(create.additionalProperties, false);
  assert.equal((schemas.UpdateProduct as Record<string, unknown>).required, undefined);
});
